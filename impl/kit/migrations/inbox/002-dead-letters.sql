-- What was dropped, and why: for people, who may have it delivered again. The same is in the dead letter topic.
create table dead_letters (
  topic        text not null,
  -- The event's id; where it has none, a digest of what came.
  id           text not null,
  event_type   text,
  key          text,
  -- The event; where nobody could read one, what came.
  body         text not null,
  because      text not null,
  times        integer not null default 1,
  first_at     timestamptz not null default clock_timestamp(),
  last_at      timestamptz not null default clock_timestamp(),
  redriven_at  timestamptz,
  primary key (topic, id)
);
