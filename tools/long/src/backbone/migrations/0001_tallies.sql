-- What a projection folded of the log, per token. The chain over the ids shows a lost, a doubled and a swapped entry.
create table tallies (
  token   text not null constraint tally_exists primary key,
  entries int  not null,
  chain   text not null
);
