-- Each topic takes an event by itself. `pending`: those that have still to take it; null says all of `topics`, so that whoever inserts
-- needs to know nothing of it. `let_go`: those that promise no more than their best effort, and failed too long.
alter table outbox add column pending text[];
alter table outbox add column let_go text[] not null default '{}';
-- How often the event itself was refused, alone in its call. Failures that heal by themselves count in `attempts` only.
alter table outbox add column refusals integer not null default 0;
-- Few at all times; whoever looks for them should not read all that was sent.
create index outbox_parked on outbox (parked_at) where parked_at is not null;
