-- event_id is not unique on purpose: the inbox alone keeps an effect from happening twice, and without it that shows here.
create table notices (
  seq         bigint generated always as identity primary key,
  event_id    uuid not null,
  event_type  text not null,
  task_id     integer not null,
  user_id     text not null,
  title       text not null,
  created_at  timestamptz not null default clock_timestamp()
);
create index notices_created on notices (created_at);
