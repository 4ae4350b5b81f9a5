import { runService } from '#kit/service.ts';
import { openRecurring, recurringConfig } from './recurring.ts';

await runService('recurring', recurringConfig, openRecurring);
