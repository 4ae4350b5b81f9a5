-- What a task is besides its title: labels, when to remind, where it came from, and how often it has changed.
alter table tasks
  add column tags                  text[]    not null default '{}',
  add column reminder_lead_minutes integer[] not null default '{60}',
  add column template_id           integer,
  add column occurrence_at         timestamptz(3),
  add column revision              integer   not null default 1;

-- However many replicas tick however often, an occurrence becomes a task once. No foreign key: the task outlives its template.
create unique index tasks_of_occurrence on tasks (template_id, occurrence_at) where template_id is not null;
-- What a reminder tick looks at: nothing else is ever due.
create index tasks_due on tasks (due_date) where not completed and due_date is not null;
create index tasks_tagged on tasks using gin (tags);

create table templates (
  id                    integer generated always as identity primary key,
  user_id               text not null,
  title                 text not null check (char_length(title) between 1 and 200),
  description           text,
  priority_id           integer,
  tags                  text[]    not null default '{}',
  reminder_lead_minutes integer[] not null default '{60}',
  rrule                 text not null,
  time_zone             text not null,
  starts_at             text not null, -- local time in time_zone: a point in time only together with it
  due_after_minutes     integer not null,
  paused                boolean not null default false,
  next_occurrence       timestamptz(3),
  generated_count       integer not null default 0,
  skipped_count         integer not null default 0,
  revision              integer not null default 1,
  created_at            timestamptz(3) not null default clock_timestamp(),
  updated_at            timestamptz(3) not null default clock_timestamp()
);
create index templates_of_user on templates (user_id, id);
create index templates_due on templates (next_occurrence) where not paused and next_occurrence is not null;

-- A reminder that is in here has been announced: unique per task, due date and lead time.
create table reminders (
  task_id       integer not null references tasks on delete cascade,
  due_date      timestamptz(3) not null,
  lead_minutes  integer not null,
  event_id      uuid not null,
  created_at    timestamptz not null default clock_timestamp(),
  primary key (task_id, due_date, lead_minutes)
);
-- The sweep forgets the oldest.
create index reminders_due on reminders (due_date);
