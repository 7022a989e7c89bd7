-- The Blueprints as lists show them. Written by the projection `blueprints` alone.
create table blueprints (
  blueprint_id uuid not null,
  name text not null,
  -- The name as it is compared: two that differ in case only are the same to a reader.
  name_key text not null,
  revision bigint not null,
  constraint blueprint_listed_twice primary key (blueprint_id)
);

create index blueprints_by_name on blueprints (name_key);

create table assignments (
  blueprint_id uuid not null,
  item_id uuid not null,
  constraint item_assigned_twice primary key (blueprint_id, item_id)
);

create index assignments_by_item on assignments (item_id);

create table memberships (
  device_id uuid not null,
  blueprint_id uuid not null,
  since timestamptz not null,
  constraint device_in_two_blueprints primary key (device_id)
);

create index memberships_by_blueprint on memberships (blueprint_id, device_id);
