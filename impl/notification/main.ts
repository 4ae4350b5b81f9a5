import { runService } from '#kit/service.ts';
import { notificationConfig, openNotification } from './notification.ts';

await runService('notification', notificationConfig, openNotification);
