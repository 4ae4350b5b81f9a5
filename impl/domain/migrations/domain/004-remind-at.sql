-- When a tick has to look at the task next: the time of its earliest lead that is to come, null when there is none. A tick then costs what is
-- due, however many tasks there are. Kept by the table itself, because releases that know nothing of it write here, too.
alter table tasks add column remind_at timestamptz(3);

create function keep_remind_at() returns trigger language plpgsql as $$
begin
  if new.completed then
    new.remind_at := null;
  elsif tg_op = 'INSERT' or (new.due_date, new.reminder_lead_minutes, new.completed)
      is distinct from (old.due_date, old.reminder_lead_minutes, old.completed) then
    -- From the first lead on: which were announced for this due date the table of reminders knows.
    new.remind_at := new.due_date - (select max(lead) from unnest(new.reminder_lead_minutes) as lead) * interval '1 minute';
  end if;
  return new;
end
$$;
create trigger tasks_remind_at before insert or update of due_date, reminder_lead_minutes, completed on tasks
  for each row execute function keep_remind_at();

-- What is long past is no longer announced.
update tasks set remind_at = due_date - (select max(lead) from unnest(reminder_lead_minutes) as lead) * interval '1 minute'
where not completed and due_date > now() - interval '8 days';

create index tasks_remind_at on tasks (remind_at) where remind_at is not null;
