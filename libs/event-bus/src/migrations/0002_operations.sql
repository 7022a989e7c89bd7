-- What operators asked for, and how it ended. One without an end is at work, or its process died on the way.
create table operations (
  operation_id bigint generated always as identity primary key,
  kind text not null,
  target text not null,
  asked_at timestamptz not null default clock_timestamp(),
  asked_by text not null,
  because text,
  correlation_id text not null,
  constraint operation_kind_unknown check (kind in ('redeliver', 'discard', 'rebuild', 'verify', 'reseed'))
);

create table operation_ends (
  operation_id bigint not null constraint operation_ended_twice primary key references operations,
  ended_at timestamptz not null default clock_timestamp(),
  outcome text not null,
  detail text not null,
  constraint operation_outcome_unknown check (outcome in ('done', 'failed'))
);

create trigger append_only before update or delete or truncate on operations for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on operation_ends for each statement execute function refuse_change();

-- Whose letters were all discarded while a discard did not free its token.
delete from parked_tokens p where not exists (
  select from dead_letters l where l.consumer = p.consumer and l.stream = p.stream and l.token = p.token and l.outcome is null);
