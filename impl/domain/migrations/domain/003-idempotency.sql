-- The answer of a request that carried Idempotency-Key, written by the transaction that did the work.
create table idempotency (
  user_id       text not null,
  key           text not null,
  request_hash  bytea not null,
  status        smallint not null,
  headers       jsonb not null,
  body          text not null,
  created_at    timestamptz not null default clock_timestamp(),
  primary key (user_id, key)
);
create index idempotency_created on idempotency (created_at);
