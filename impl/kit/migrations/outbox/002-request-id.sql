-- The X-Request-ID of the request that made the row; it travels beside the event, into the log lines of whoever gets it.
alter table outbox add column request_id text;
