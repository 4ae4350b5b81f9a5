import { runService } from '#kit/service.ts';
import { backendConfig, openBackend } from './backend.ts';

await runService('backend', backendConfig, openBackend);
