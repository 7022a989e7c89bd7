-- Where the relay stands. A hint beside the stream itself, which is the checkpoint; never deleted.
create table relay (
  stream text primary key,
  epoch text not null,
  position bigint not null,
  sequence bigint not null,
  constraint relay_position_is_negative check (position >= 0),
  constraint relay_sequence_is_negative check (sequence >= 0)
);

-- Tokens (Macs) whose messages a consumer no longer handles until an operator decides.
create table parked_tokens (
  consumer text not null,
  stream text not null,
  token text not null,
  parked_at timestamptz not null default now(),
  constraint token_parked_twice primary key (consumer, stream, token)
);

-- Messages that were not handled, as they came. Settled ones stay: they are the audit.
create table dead_letters (
  letter_id bigint generated always as identity primary key,
  consumer text not null,
  stream text not null,
  token text not null,
  message_id text not null,
  sequence bigint not null,
  subject text not null,
  headers json not null,
  body bytea not null,
  reason text not null,
  detail text not null,
  tries int not null,
  stored_at timestamptz not null default now(),
  outcome text,
  settled_at timestamptz,
  settled_by text,
  settled_because text,
  constraint letter_stored_twice unique (consumer, stream, message_id),
  constraint letter_reason_unknown check (reason in ('unreadable', 'refused', 'exhausted', 'follows')),
  constraint letter_outcome_unknown check (outcome in ('redelivered', 'discarded')),
  constraint letter_half_settled check ((outcome is null) = (settled_at is null) and (outcome is null) = (settled_by is null))
);

create index dead_letters_open on dead_letters (consumer, stream, token, letter_id) where outcome is null;
create index dead_letters_discarded on dead_letters (consumer, stream, sequence) where outcome = 'discarded';
