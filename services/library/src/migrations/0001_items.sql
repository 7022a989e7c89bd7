-- The Library's list. Written by the projection `items` alone.
create table items (
  item_id uuid not null,
  os text not null,
  name text not null,
  enforcement json,
  revision bigint not null,
  constraint item_listed_twice primary key (item_id)
);
