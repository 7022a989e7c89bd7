-- What is known of each Mac, and where its update is. Written by the projection `device_state` alone.
create table devices (
  device_id uuid not null,
  name text,
  serial_number text,
  model text,
  facts_revision integer not null default 0,
  enrolled boolean not null default true,
  os_version text,
  blueprint_id uuid,
  item_id uuid,
  status text not null,
  reason text,
  stage text,
  since timestamptz not null,
  -- The event that led to this status, reason and stage, and the fact that caused it.
  because jsonb not null,
  overdue boolean not null,
  floor text,
  target text,
  deadline timestamptz,
  deadline_local text,
  zone text,
  who_acts_next text not null,
  next text not null,
  next_at timestamptz,
  unknown_since timestamptz,
  -- The folded stream.
  state jsonb not null,
  constraint device_known_twice primary key (device_id),
  constraint cause_is_a_list check (jsonb_typeof(because) = 'array')
);
create index devices_by_name on devices (coalesce(name, ''), device_id);
create index devices_by_status on devices (status, coalesce(name, ''), device_id);
create index devices_by_blueprint on devices (blueprint_id, coalesce(name, ''), device_id);

-- What happened on each Mac, in order: its own events, and what deadlines and devices said. Written by `timeline` alone.
create table timeline (
  device_id uuid not null,
  -- Counts per Mac, in the order of the log; the same after a rebuild.
  entry integer not null,
  event_id uuid not null,
  event text not null,
  context text not null,
  time timestamptz not null,
  sentence text not null,
  causation_id uuid,
  correlation_id uuid not null,
  actor text not null,
  constraint entry_listed_twice primary key (device_id, entry)
);
