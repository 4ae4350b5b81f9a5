-- What this service last heard of a task that had a due date: a reminder that has waited asks again before it goes out.
create table task_states (
  task_id     integer primary key,
  due_date    timestamptz(3),
  is_open     boolean not null,
  revision    integer not null,
  -- When the change was made, by whoever made it.
  changed_at  timestamptz(3) not null
);
create index task_states_changed on task_states (changed_at);

-- When the reminder was made: what was heard from before that says nothing about it. Null in rows of older releases.
alter table deliveries add column made_at timestamptz(3);
