-- The same rules. A count in a regular expression makes an automaton of so many states, which was a quarter of an append.
alter table streams
  drop constraint stream_name_malformed,
  add constraint stream_name_malformed
    check (stream ~ '^[a-z][a-z_]*-[A-Za-z0-9_-]+$' and octet_length(stream) - strpos(stream, '-') <= 64);
alter table inbox
  drop constraint consumer_malformed,
  add constraint consumer_malformed check (consumer ~ '^[A-Za-z0-9_-]+$' and octet_length(consumer) <= 64);
