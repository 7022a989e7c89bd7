-- The tables of one event store. Every name is resolved in the service's own schema, which `migrate` puts on the search path.

-- One row: which life of the store this is, and where the log ends. The append function alone changes it, under its lock.
create table store (
  only_row       boolean        not null default true constraint store_exists primary key constraint second_store check (only_row),
  epoch          uuid           not null default gen_random_uuid(),
  last_time      timestamptz(3) not null default '0001-01-01T00:00:00Z',
  last_position  bigint         not null default 0,
  partition_size bigint         not null default 5000000 constraint empty_partitions check (partition_size > 0),
  partitioned_to bigint         not null default 0
) with (fillfactor = 50);
insert into store default values;

-- The head of every stream. `open_revision` is where its books were last closed: a load starts there.
create table streams (
  stream        text   collate "C" not null constraint stream_exists primary key,
  revision      bigint not null,
  digest        bytea  not null constraint digest_not_sha256 check (octet_length(digest) = 32),
  open_revision bigint not null,
  open_position bigint not null,
  constraint stream_name_malformed check (stream ~ '^[a-z][a-z_]*-[A-Za-z0-9_-]{1,64}$'),
  constraint opens_outside_stream check (open_revision between 1 and revision)
) with (fillfactor = 80);

-- Ids are unique in the whole store, which an index of a partitioned table cannot promise.
create table event_ids (
  id       uuid   not null constraint event_id_taken primary key,
  position bigint not null
);

-- `json` keeps the text as it was written, so digests can be computed again; `jsonb` would not.
-- (stream, revision) is unique within each partition by its own index, and across partitions by `streams`.
create table events (
  position    bigint         not null constraint position_taken primary key,
  stream      text           collate "C" not null,
  revision    bigint         not null constraint revision_below_1 check (revision >= 1),
  id          uuid           not null,
  type        text           not null constraint type_malformed check (type ~ '^[a-z][a-z0-9_.]*[.][A-Za-z0-9]+$'),
  time        timestamptz(3) not null,
  recorded_at timestamptz(3) not null,
  digest      bytea          not null,
  metadata    json           not null constraint metadata_over_16_kb check (octet_length(metadata::text) <= 16384),
  data        json           not null constraint event_over_256_kb check (octet_length(data::text) <= 262144)
) partition by range (position);

-- What was decided upon, once per consumer and message. Positions come from the same count as those of events.
create table inbox (
  position          bigint         not null constraint inbox_position_taken unique,
  consumer          text           collate "C" not null constraint consumer_malformed check (consumer ~ '^[A-Za-z0-9_-]{1,64}$'),
  message_id        text           collate "C" not null constraint message_id_malformed check (length(message_id) between 1 and 200),
  sequence          bigint,
  decided_at        timestamptz(3) not null,
  recorded_at       timestamptz(3) not null,
  settings_revision text,
  envelope          json,
  constraint message_handled_twice primary key (consumer, message_id)
);
create index inbox_log on inbox (position) where envelope is not null;

-- How far each projection has read. Moves in the transaction that writes the projection's rows.
create table checkpoints (
  projection text   not null constraint checkpoint_exists primary key,
  version    int    not null,
  position   bigint not null constraint checkpoint_negative check (position >= 0),
  updated_at timestamptz not null default now()
) with (fillfactor = 50);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on events for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on event_ids for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on inbox for each statement execute function refuse_change();

-- Adds the next partition. ATTACH (unlike CREATE … PARTITION OF) locks out neither readers nor writers of the parent.
create function add_partition() returns bigint language plpgsql set search_path from current as $$
declare
  lower_bound bigint;
  upper_bound bigint;
  partition   text;
begin
  update store set partitioned_to = partitioned_to + partition_size
    returning partitioned_to - partition_size, partitioned_to into lower_bound, upper_bound;
  partition := 'events_from_' || lower_bound;
  execute format('create table %I (like events including all)', partition);
  execute format('alter table %I add constraint %I unique (stream, revision)', partition, partition || '_revision_taken');
  execute format('create trigger append_only before update or delete or truncate on %I for each statement execute function refuse_change()', partition);
  execute format('alter table events attach partition %I for values from (%s) to (%s)', partition, lower_bound, upper_bound);
  return upper_bound;
end $$;
select add_partition();
