-- Unsent is a null column, not a cursor: rows commit out of seq order, so "greater than the last seq" would lose some.
-- Within one key seq is commit order, because whoever changes an entity holds its row lock when it inserts here.
create table outbox (
  id          uuid primary key,
  seq         bigint generated always as identity,
  topics      text[] not null check (cardinality(topics) > 0),
  key         text not null,
  bucket      smallint not null check (bucket between 0 and 31),
  body        jsonb not null,
  trace       text,
  created_at  timestamptz not null default clock_timestamp(),
  sent_at     timestamptz,
  attempts    integer not null default 0,
  last_error  text,
  parked_at   timestamptz
) with (autovacuum_vacuum_scale_factor = 0.05);

-- All that a relay ever searches; empty when everything is sent.
create index outbox_unsent on outbox (bucket, seq) where sent_at is null and parked_at is null;

-- Who relays: one row per living process, to divide the buckets fairly.
create table outbox_relay (
  owner       text primary key,
  expires_at  timestamptz not null
);

-- Who relays what: an owner holds a bucket until it gives it back or falls silent.
create table outbox_lease (
  bucket      smallint primary key,
  owner       text,
  expires_at  timestamptz not null default '-infinity'
);
insert into outbox_lease (bucket) select generate_series(0, 31);
