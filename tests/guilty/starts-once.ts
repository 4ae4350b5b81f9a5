/** Guilty: leaves a lock behind that nobody takes away, so it starts once and never again. */
import { notificationOn } from './notification-on.ts';

await notificationOn('create table notification.lock_of_the_only_one ()');
