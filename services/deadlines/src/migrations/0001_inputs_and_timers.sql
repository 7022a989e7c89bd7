-- What other contexts said that a plan rests on, what is to be looked at again, and what falls due. Written by the
-- projections `inputs` and `timers`; the loops delete what they have dealt with.

-- Managed OS items that were configured; the policy as the event has it.
create table items (
  item_id uuid constraint item_exists primary key,
  os text not null,
  policy jsonb not null,
  revision bigint not null constraint item_revision_below_1 check (revision >= 1)
);

create table assignments (
  blueprint_id uuid not null,
  item_id uuid not null,
  constraint item_assigned_twice primary key (blueprint_id, item_id)
);
create index assignments_by_item on assignments (item_id);

-- `position` is the place in the Blueprints' own log: a move that arrives late does not undo a later one.
create table memberships (
  device_id uuid constraint device_in_two_blueprints primary key,
  blueprint_id uuid not null,
  position bigint not null
);
create index memberships_by_blueprint on memberships (blueprint_id);

create table devices (
  device_id uuid constraint device_exists primary key,
  facts_revision int not null,
  architecture text,
  os_version text,
  os_build text,
  software_update_device_id text,
  supervised boolean,
  mdm_enrolled boolean not null,
  bootstrap_token_escrowed boolean not null,
  agent_installed boolean not null,
  time_zone text
);

-- `change` counts up with every row that is written, so a copy in memory knows when it is old.
create sequence release_changes;
create table releases (
  version text not null,
  build text not null,
  os text not null,
  kind text not null,
  released text not null constraint released_no_date check (released ~ '^\d{4}-\d{2}-\d{2}$'),
  supported_devices text[],
  installer boolean not null,
  combo_package boolean not null,
  change bigint not null default nextval('release_changes'),
  constraint build_announced_twice primary key (version, build)
);
create index releases_by_change on releases (change);

-- Macs whose inputs changed, and the newest message that changed them.
create table reevaluations (
  device_id uuid constraint device_marked_twice primary key,
  cause uuid not null,
  correlation_id text not null
);

-- What falls due, one row per Mac and purpose. Instants are text in the one canonical spelling, which sorts as time does.
create table timers (
  device_id uuid not null,
  purpose text not null constraint purpose_unknown check (purpose in ('notify_from', 'deadline', 'countdown')),
  timer_id uuid not null constraint timer_set_twice unique,
  due_at text collate "C" not null constraint due_at_no_instant check (due_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  obligation_id uuid not null,
  set_at text collate "C" not null constraint set_at_no_instant check (set_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  set_by uuid not null,
  correlation_id text not null,
  constraint purpose_set_twice primary key (device_id, purpose)
);
create index timers_by_due_at on timers (due_at);

-- Wakes whoever sleeps until there is work; once per statement, delivered with the commit.
create function tell_of_work() returns trigger language plpgsql as $$
begin
  perform pg_notify('work_' || tg_table_schema, tg_table_name);
  return null;
end $$;
create trigger tell_of_work after insert or update on reevaluations for each statement execute function tell_of_work();
create trigger tell_of_work after insert or update on timers for each statement execute function tell_of_work();
