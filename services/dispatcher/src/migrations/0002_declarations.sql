-- What a Mac of macOS 13 or later holds by declarations, what it said of itself by them, and the enforcement that is wanted of it.
create table declared (
  device_id              uuid primary key,
  -- Counts the changes of this row.
  revision               int not null default 0,
  -- The enforcement that was requested last, by its DeclarationRequested; kept when it is over, so that a repeat changes nothing.
  request_id             uuid,
  obligation_id          uuid,
  attempt                int,
  try                    int,
  correlation_id         uuid,
  version                text,
  build                  text,
  target_local_date_time text,
  -- The first instant at which its time may be past on the Mac.
  earliest               instant,
  -- Why it is not to be offered any more; null while it is wanted.
  over                   text,
  -- The server token of its document, while that is in the set; else why it is not. Both null: not known yet.
  offered_token          text,
  not_offered            text,
  -- Counts the changes of the two, and how far they were told.
  offer                  int not null default 0,
  offer_told             int not null default 0,
  -- The server token of the document that the Mac read, while it is offered any.
  fetched_token          text,
  -- What was told last of what the Mac says of the enforcement, and of its software update.
  said_of_enforcement    text,
  said_of_update         text,
  -- The set: documents, its token, when it became so. The time is kept over enrollments: it never goes back.
  declarations           text not null default '[]',
  token                  text,
  changed_at             instant,
  -- `changed_at` of the set that the Mac was told of last, and of the one that it acknowledged; and how often it was told.
  sent                   instant,
  acknowledged           instant,
  syncs                  int not null default 0,
  -- The Mac's word of what it can be sent; null until it said so in this enrollment.
  capabilities           text,
  -- All its reports of this enrollment, merged.
  status                 text not null default '{}',
  constraint enforcement_half_requested check
    (num_nulls(obligation_id, attempt, try, correlation_id) = case when request_id is null then 4 else 0 end),
  constraint unknown_end_of_an_enforcement check (over in ('withdrawn', 'past_due', 'unenrolled', 're_enrolled')),
  constraint wanted_without_content check
    (request_id is null or over is not null or num_nulls(version, target_local_date_time, earliest) = 0),
  constraint offered_and_not_offered check (offered_token is null or not_offered is null),
  constraint fetched_and_not_offered check (fetched_token is null or offered_token is not null),
  constraint set_without_time check (token is null or changed_at is not null)
);
create index declared_to_tell on declared (device_id) where offer <> offer_told;

alter table enrollments add column supervised boolean;

alter table commands drop constraint unknown_command_kind;
alter table commands add constraint unknown_command_kind check (kind in
  ('scan', 'available', 'download', 'install', 'inventory', 'daily_inventory', 'daily_security', 'watch_status',
   'watch_inventory', 'declarations'));
-- Several collapse on the Mac (section 4.3 of Apple's protocol): there is one at most that it has not answered.
create unique index declarations_told_twice_at_once on commands (device_id)
  where kind = 'declarations' and state in ('queued', 'sent', 'deferred');
