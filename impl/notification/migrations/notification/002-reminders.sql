create index notices_of_user on notices (user_id, seq desc);

-- How a user wants to be reminded. No row: the default of preferences.ts.
create table preferences (
  user_id     text primary key,
  email       text,
  channels    text[] not null,
  updated_at  timestamptz not null default clock_timestamp()
);

-- One row per browser. The endpoint belongs to whoever subscribed last: two users of one browser must not read each other's.
create table push_subscriptions (
  id          bigint generated always as identity primary key,
  user_id     text not null,
  endpoint    text not null unique,
  p256dh      text not null,
  auth        text not null,
  created_at  timestamptz not null default clock_timestamp()
);
create index push_subscriptions_of_user on push_subscriptions (user_id);

-- At most one row: made by whichever replica came first, when the environment holds no keys.
create table vapid_keys (
  only_row     boolean primary key default true check (only_row),
  public_key   text not null,
  private_key  text not null
);

-- One row per reminder and channel: what has left, or still has to leave, this database.
create table deliveries (
  reminder_id  uuid not null,
  channel      text not null,
  user_id      text not null,
  -- Mail domain or push service, as it was when the reminder came; only for fairness among receivers.
  host         text not null,
  -- The data of reminder.due, whole, because reminder.sent repeats it.
  reminder     jsonb not null,
  trace        text,
  created_at   timestamptz not null default clock_timestamp(),
  -- When it may be tried. Whoever works on a row moves this ahead: that is its lease.
  due_at       timestamptz not null default clock_timestamp(),
  claims       integer not null default 0,
  attempts     integer not null default 0,
  last_error   text,
  sent_at      timestamptz,
  failed_at    timestamptz,
  primary key (reminder_id, channel)
) with (autovacuum_vacuum_scale_factor = 0.05);
-- All that a lane ever searches; empty when nothing waits.
create index deliveries_waiting on deliveries (channel, due_at) where sent_at is null and failed_at is null;
create index deliveries_created on deliveries (created_at);
