/** Guilty: names an event in the answer to an update, and never makes it. */
import { backendOn } from './backend-on.ts';

await backendOn(`
  create or replace function forget_updates() returns trigger language plpgsql as $$ begin return null; end $$;
  create or replace trigger forget_updates before insert on outbox
    for each row when (new.body->>'event_type' = 'task.updated') execute function forget_updates()`);
