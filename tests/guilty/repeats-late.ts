/**
 * Guilty: does once again what was done long ago, when its experiment is over and nobody looks any more. That the users of `crud-events`
 * appear (`check-<seed>-<n>`) is the sign of it, and no clock: it happens in every run.
 */
import { notificationOn } from './notification-on.ts';

await notificationOn(`
  create table if not exists notification.repeated (one boolean primary key);
  create or replace function repeat_late() returns trigger language plpgsql as $$
  begin
    insert into notification.repeated values (true) on conflict do nothing;
    if found then
      insert into notification.notices (event_id, event_type, task_id, user_id, title)
      select event_id, event_type, task_id, user_id, title from notification.notices
      where user_id <> 'canary' and user_id not like 'check-%' order by seq limit 1;
    end if;
    return null;
  end $$;
  create or replace trigger repeat_late after insert on notices
    for each row when (new.user_id like 'check-%') execute function repeat_late()`);
