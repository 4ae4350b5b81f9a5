-- Milliseconds: what is stored is exactly what an answer and an event say.
create table tasks (
  id           integer generated always as identity primary key,
  user_id      text not null,
  title        text not null check (char_length(title) between 1 and 200),
  description  text,
  completed    boolean not null default false,
  priority_id  integer,
  due_date     timestamptz(3),
  created_at   timestamptz(3) not null default clock_timestamp(),
  updated_at   timestamptz(3) not null default clock_timestamp()
);

create index tasks_of_user on tasks (user_id, id);
