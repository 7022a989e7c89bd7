alter table declared
  -- What its set is made of changed for many Macs at once: it is computed anew soon.
  add column stale    boolean not null default false,
  -- The digest of the software update settings that the set was computed with; null: none were wanted.
  add column settings text,
  -- The version of macOS that said `capabilities`.
  add column capabilities_of text,
  -- Counts the status reports that were noted: the same words are another event the next time.
  add column reports  int not null default 0;
create index stale_sets on declared (device_id) where stale;
create index declared_by_version on declared (version) where over is null;

-- Why the Mac left, while DeviceUnenrolled is still to be appended.
alter table enrollments add column leaving text,
  add constraint unknown_reason_to_leave check (leaving in ('checked_out', 'replaced'));
create index macs_whose_leaving_is_to_be_told on enrollments (device_id) where leaving is not null;
