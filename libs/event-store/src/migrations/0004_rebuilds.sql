-- What lists of projections say beside their checkpoints, in whichever replica they run.

-- Where a handler of the code's version last threw. It is over once that version's checkpoint is behind it.
alter table checkpoints
  add column failed_version  int,
  add column failed_position bigint,
  add column failed_type     text,
  add column failed_message  text,
  add column failed_times    int,
  add constraint failure_told_in_part
    check (num_nulls(failed_version, failed_position, failed_type, failed_message, failed_times) in (0, 5));

-- Read models that are to be folded again from position 0, are being, or were. At most one of them is open per projection.
create table rebuilds (
  rebuild    bigint generated always as identity constraint rebuild_exists primary key,
  projection text not null,
  -- Of the code that is to do it: another version's would make other rows.
  version    int not null,
  -- An operator asked, or the code's version is not the checkpoint's.
  reason     text not null constraint rebuild_reason_unknown check (reason in ('asked', 'version')),
  asked_by   text not null,
  asked_at   timestamptz not null default now(),
  state      text not null default 'asked' constraint rebuild_state_unknown check (state in ('asked', 'running', 'done', 'failed')),
  -- Where the run in hand is, where the log ended when that was noted, and how many entries it has folded.
  position   bigint not null default 0,
  head       bigint not null default 0,
  events     bigint not null default 0,
  started_at timestamptz,
  ended_at   timestamptz,
  detail     text,
  constraint ended_rebuild_without_end check ((state in ('done', 'failed')) = (ended_at is not null)),
  constraint rebuild_runs_without_start check (state not in ('running', 'done') or started_at is not null)
);
create unique index rebuild_open_twice on rebuilds (projection) where state in ('asked', 'running');
create index rebuilds_of_projection on rebuilds (projection, rebuild desc);

-- Locks and moves a checkpoint, in the transaction that writes the rows and before it does. Fails when it is not where it was
-- read, so that nothing that was sent behind it is executed.
create function move_checkpoint(
  p_projection text, from_version int, from_position bigint, to_version int, to_position bigint
) returns void language plpgsql as $$
begin
  update checkpoints set version = to_version, position = to_position, updated_at = now()
  where projection = p_projection and version = from_version and position = from_position;
  if not found then
    raise exception 'somebody else moved the checkpoint of %', p_projection using errcode = 'MO001';
  end if;
end $$;
