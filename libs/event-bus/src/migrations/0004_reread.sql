-- A service whose database was restored reads again what it had acknowledged since the dump.
alter table operations
  drop constraint operation_kind_unknown,
  add constraint operation_kind_unknown check (kind in ('redeliver', 'discard', 'rebuild', 'verify', 'reseed', 'reread'));
