-- Another life of the store begins: what was published under the old epoch may hold events that this store no longer has,
-- because an older dump of it was restored. Events, positions and digests stay as they are.
create function begin_epoch() returns uuid language plpgsql security definer set search_path from current as $$
declare
  begun uuid := gen_random_uuid();
begin
  -- Under the append's lock: whoever read the old epoch has finished, or comes after.
  perform pg_advisory_xact_lock(hashtextextended('append to ' || current_schema(), 0));
  update store set epoch = begun;
  return begun;
end $$;
