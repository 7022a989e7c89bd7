-- An instant as the code writes it, 2022-09-10T06:00:00.000Z: always of one length, so that text order is time order.
create domain instant as text collate "C"
  constraint not_an_instant check (value ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$');

-- One Mac, known by its UDID and by the certificate that it brought to Authenticate.
create table enrollments (
  device_id               uuid primary key,
  udid                    text not null,
  -- SHA-256 of the certificate's DER form, hexadecimal.
  certificate             text not null,
  -- Which enrollment of this Mac it is; every Authenticate after a completed one begins the next.
  number                  int not null default 1,
  state                   text not null,
  topic                   text not null,
  serial_number           text,
  name                    text,
  model                   text,
  os_version              text,
  os_build                text,
  push_token              bytea,
  push_magic              text,
  -- The push service does not know the token any more; only a TokenUpdate helps.
  push_refused            boolean not null default false,
  -- Pushes since the Mac last connected.
  push_attempts           int not null default 0,
  -- Encrypted; see bootstrap-token/sealing.ts.
  bootstrap_token         bytea,
  -- The enrollment in which it was set; a token of an earlier one is kept but does not count as escrowed.
  bootstrap_token_number  int,
  -- Apple's word of SecurityInfo: allowed, disallowed, not supported.
  bootstrap_token_allowed text,
  silent_since            instant,
  constraint udid_enrolled_twice unique (udid),
  constraint certificate_of_two_macs unique (certificate),
  constraint unknown_enrollment_state check (state in ('authenticated', 'enrolled', 'unenrolled')),
  constraint enrolled_without_push_token check (state <> 'enrolled' or (push_token is not null and push_magic is not null))
);

-- When a Mac last said anything; written in batches.
create table last_seen (
  device_id uuid primary key,
  at        instant not null
);
create index last_seen_by_time on last_seen (at);

-- Commands for Macs: requested by others, or our own inventory and polls. Ended ones stay as long as the bus may repeat a request.
create table commands (
  -- The CommandUUID; a command that is sent again keeps it.
  command_id      uuid primary key,
  device_id       uuid not null,
  seq             bigint generated always as identity,
  kind            text not null,
  -- The CommandRequested event; null for our own commands, of which nobody is told.
  request_id      uuid,
  obligation_id   uuid,
  attempt         int,
  try             int,
  product_key     text,
  product_version text,
  install_action  text,
  watch_id        uuid,
  not_before      instant not null,
  not_after       instant,
  state           text not null,
  -- From when on this command is worth a push; null: it waits for a connect of the Mac's own.
  wake_at         instant,
  sent_at         instant,
  deferrals       int not null default 0,
  ended_at        instant,
  not_sent_reason text,
  -- False: CommandNotSent is still to be appended.
  reported        boolean not null default true,
  correlation_id  uuid not null,
  causation_id    uuid,
  constraint command_requested_twice unique (device_id, obligation_id, attempt, kind, try),
  constraint unknown_command_kind check (kind in
    ('scan', 'available', 'download', 'install', 'inventory', 'daily_inventory', 'daily_security', 'watch_status', 'watch_inventory')),
  constraint unknown_command_state check (state in ('queued', 'sent', 'deferred', 'answered', 'not_sent')),
  constraint ended_command_without_end check ((state in ('answered', 'not_sent')) = (ended_at is not null)),
  constraint unsent_command_without_reason check ((state = 'not_sent') = (not_sent_reason is not null)),
  constraint request_without_obligation check
    (request_id is null or (obligation_id is not null and attempt is not null and try is not null)),
  constraint report_without_request check (reported or request_id is not null),
  constraint poll_without_watch check ((kind in ('watch_status', 'watch_inventory')) = (watch_id is not null))
);
create index open_commands on commands (device_id, seq) where state in ('queued', 'sent', 'deferred');
create index commands_to_wake_for on commands (wake_at) where state in ('queued', 'sent', 'deferred') and wake_at is not null;
create index commands_to_expire on commands (not_after) where state in ('queued', 'sent', 'deferred') and not_after is not null;
create index commands_to_report on commands (device_id) where not reported;
create index ended_commands on commands (ended_at) where ended_at is not null;

-- What is polled for somebody; polls are commands.
create table watches (
  watch_id                 uuid primary key,
  device_id                uuid not null,
  subject                  text not null,
  interval_seconds         int not null,
  longest_interval_seconds int not null,
  silent_after_seconds     int not null,
  stop_after               instant not null,
  state                    text not null default 'open',
  -- The pause before the next poll; doubles while nothing changes.
  pause_seconds            int not null,
  polls                    int not null default 0,
  reports                  int not null default 0,
  unchanged                int not null default 0,
  -- What the last report said, for comparison.
  last_said                text,
  -- OSUpdateStatus of a poll whose DeviceInformation is still to come.
  half_said                text,
  heard_at                 instant not null,
  -- When its silence is to be reported; null once it was.
  silent_at                instant,
  ended_at                 instant,
  request_id               uuid not null,
  correlation_id           uuid not null,
  constraint unknown_watch_subject check (subject in ('download', 'install')),
  constraint unknown_watch_state check (state in ('open', 'closed', 'stopped')),
  constraint ended_watch_without_end check ((state <> 'open') = (ended_at is not null))
);
create index open_watches on watches (device_id) where state = 'open';
create index watches_to_stop on watches (stop_after) where state = 'open';
create index watches_to_call_silent on watches (silent_at) where state = 'open' and silent_at is not null;
