-- Macs that another MDM server serves have shown it their certificate and not us, and may have enrolled before we heard of them.
alter table enrollments
  alter column certificate drop not null,
  drop constraint enrolled_without_push_token,
  add constraint enrolled_without_push_token check
    (state <> 'enrolled' or certificate is null or (push_token is not null and push_magic is not null));

-- What that server tells comes in any order, and not always.
create table foreign_macs (
  device_id     uuid primary key,
  -- When the newest check-in happened that was taken in; older ones are passed over.
  checked_in_at instant,
  -- When it was asked last what it is, because nobody told of its enrollment.
  asked_at      instant,
  -- False: an iPhone or the like. Null: not known.
  is_mac        boolean,
  -- When it authenticated last, and when it said something of its bootstrap token last: that NanoMDM shall keep or delete it.
  authenticated_at instant,
  token_at         instant,
  token_kept       boolean
);

-- Commands that were handed to that server, which sends them when it likes and cannot be told to give them back.
create table handed_over (
  command_id   uuid primary key references commands on delete cascade,
  device_id    uuid not null,
  -- The CommandUUID that it has there: at first the command's own, and another each time that an answer was lost.
  command_uuid uuid not null unique,
  -- Real time of the server's yes; null: to be handed over again.
  at           instant,
  -- When the first conversation since began, in which the Mac must have been sent it; null: there was none, or it said NotNow.
  offered_at   instant
);
create index handed_over_by_mac on handed_over (device_id);
