-- What Macs said when something failed, word for word, and how often each of them said it. Written by `failures` alone; what
-- the words mean is not stored, so that a mapping of today names them all (X10).
create table failures (
  device_id uuid not null,
  -- What failed: download, install, update, declaration, …
  kind text not null,
  -- The cause that was recorded then.
  cause text not null,
  said text not null,
  -- Texts of Macs may be longer than what an index takes.
  said_digest text not null generated always as (md5(said)) stored,
  times integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  constraint failure_counted_twice primary key (device_id, kind, cause, said_digest),
  constraint failure_without_occurrence check (times > 0)
);
