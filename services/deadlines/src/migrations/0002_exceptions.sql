-- Windows of single releases, and what a Mac's stream says of it, for whoever looks at many Macs. Written by the
-- projections `inputs`, `states` and `timers`.

-- A release's own window in an item (Q40).
create table overrides (
  item_id uuid not null,
  version text not null,
  span text not null,
  constraint release_overridden_twice primary key (item_id, version)
);

-- Releases that fix exploited vulnerabilities (X13).
create table exploited (
  version text constraint release_listed_twice primary key,
  os text not null,
  cves text[] not null
);

-- The decider's state of each Mac at a revision of its stream.
create table states (
  device_id uuid constraint state_exists primary key,
  revision bigint not null,
  state json not null
);

-- Timers that fired late, and why (X8).
create table late_timers (
  timer_id uuid constraint late_timer_exists primary key,
  device_id uuid not null,
  purpose text not null,
  due_at text collate "C" not null,
  late_seconds int not null,
  because text,
  position bigint not null
);
create index late_timers_by_position on late_timers (position);

-- The settings with which the Macs were planned: other ones have every Mac looked at again. Written by the service at its start.
create table planned_with (
  only_row boolean default true constraint planned_with_exists primary key constraint planned_with_two check (only_row),
  settings text not null
);
