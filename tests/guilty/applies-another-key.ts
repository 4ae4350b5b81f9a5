/** Guilty: notes what happened to a task at another one. */
import { notificationOn } from './notification-on.ts';

await notificationOn(`
  create or replace function to_another() returns trigger language plpgsql as $$
  begin
    new.task_id := new.task_id + 1000000;
    return new;
  end $$;
  create or replace trigger to_another before insert on notices for each row execute function to_another()`);
