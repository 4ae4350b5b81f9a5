-- An event that is in here has had its effect: both were committed by one transaction.
create table inbox (
  event_id     uuid primary key,
  received_at  timestamptz not null default clock_timestamp()
);
create index inbox_received on inbox (received_at);
