-- Changes of Apple's feed that are, or were, to be decided about. Written by the projection `proposals` alone.
create table proposals (
  proposal_id uuid primary key,
  state text not null,
  change json not null,
  seen text not null,
  reasons json not null,
  macs integer,
  constraint proposal_in_no_known_state check (state in ('waiting', 'quarantined', 'accepted', 'rejected', 'withdrawn')),
  constraint proposal_touches_less_than_no_macs check (macs >= 0)
);

create index proposals_by_state on proposals (state, seen);
