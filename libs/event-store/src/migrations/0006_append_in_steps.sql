-- The function of 0002, in steps: what is written is worked out in arrays, and each table gets it in a statement of its own.
-- One statement with a common table expression for each of these steps passed every row through twelve of them.
-- The parameters mean the same; the events are in the order of their appends.
create or replace function append(
  p_stream text[], p_expected bigint[], p_time timestamptz[],
  p_consumer text[], p_message text[], p_sequence bigint[], p_envelope json[], p_settings text[],
  p_append bigint[], p_id uuid[], p_type text[], p_data json[], p_metadata json[], p_opens boolean[]
) returns table (outcome text, revision bigint)
language plpgsql volatile security definer set search_path from current as $$
#variable_conflict use_column
declare
  log        store%rowtype;
  appends    int := cardinality(p_stream);
  events     int := cardinality(p_id);
  recorded   timestamptz(3);
  -- Of what is stored, per append.
  heads      bigint[];
  digests    bytea[];
  handled    boolean[];
  -- What is written, per append; null where nothing is.
  outcomes   text[];
  times      timestamptz[];
  inboxed    bigint[];
  revisions  bigint[];
  chains     bytea[];
  opened     bigint[];
  opened_at  bigint[];
  begun_at   bigint[];
  -- The same per event.
  positions  bigint[];
  numbers    bigint[];
  links      bytea[];
  -- Of the append in hand.
  place      bigint;
  at         timestamptz(3);
  said       text;
  head       bigint;
  chain      bytea;
  e          int := 1;
begin
  -- With an older snapshot the statements below would not see what was committed while waiting for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'append runs at read committed only' using errcode = 'invalid_transaction_state';
  end if;
  -- Positions are given out under this lock, which is released after the commit is visible: position order is commit order.
  perform pg_advisory_xact_lock(hashtextextended('append to ' || current_schema(), 0));
  select * into log from store;
  recorded := clock_timestamp();

  while log.partitioned_to <= log.last_position + appends + events loop
    log.partitioned_to := add_partition();
  end loop;
  if log.partitioned_to <= log.last_position + appends + events + log.partition_size / 2 then
    begin  -- one ahead, when that makes nobody wait
      lock table only events in share update exclusive mode nowait;
      perform add_partition();
    exception when lock_not_available then null;
    end;
  end if;

  select array_agg(j.head), array_agg(j.digest), array_agg(j.handled) into heads, digests, handled
  from (
    select coalesce(s.revision, 0) as head, s.digest, i.message_id is not null as handled
    from unnest(p_stream, p_consumer, p_message) with ordinality as a(stream, consumer, message_id, n)
    left join streams s on s.stream = a.stream
    left join inbox i on i.consumer = a.consumer and i.message_id = a.message_id
    order by a.n
  ) j;

  -- Whole from the start: an array that is assigned to at 2 first would begin there, and lie beside the others askew.
  outcomes  := array_fill(null::text, array[appends]);
  times     := array_fill(null::timestamptz, array[appends]);
  inboxed   := array_fill(null::bigint, array[appends]);
  revisions := inboxed;
  opened    := inboxed;
  opened_at := inboxed;
  begun_at  := inboxed;
  chains    := array_fill(null::bytea, array[appends]);
  positions := array_fill(null::bigint, array[events]);
  numbers   := positions;
  links     := array_fill(null::bytea, array[events]);

  place := log.last_position;
  at := log.last_time;
  for n in 1 .. appends loop
    if handled[n] or p_expected[n] <> heads[n] then
      outcomes[n] := case when handled[n] then 'duplicate' else 'conflict' end;
      while p_append[e] = n loop
        e := e + 1;
      end loop;
      continue;
    end if;
    outcomes[n] := 'done';
    at := greatest(at, p_time[n]);
    times[n] := at;
    if p_message[n] is not null then
      place := place + 1;
      inboxed[n] := place;
    end if;
    if p_append[e] = n then
      head := heads[n];
      chain := coalesce(digests[n], sha256(convert_to(p_stream[n], 'UTF8')));
      said := to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
      begun_at[n] := place + 1;
      while p_append[e] = n loop
        place := place + 1;
        head := head + 1;
        chain := sha256(chain || convert_to(concat_ws(E'\n', p_id[e], p_type[e], head, said, p_data[e]), 'UTF8'));
        positions[e] := place;
        numbers[e] := head;
        links[e] := chain;
        if p_opens[e] then
          opened[n] := head;
          opened_at[n] := place;
        end if;
        e := e + 1;
      end loop;
      revisions[n] := head;
      chains[n] := chain;
    end if;
  end loop;
  if e <= events then
    raise exception 'the events are not in the order of their appends' using errcode = 'invalid_parameter_value';
  end if;

  insert into streams as s (stream, revision, digest, open_revision, open_position)
  select h.stream, h.revision, h.digest, coalesce(h.opened, 1), coalesce(h.opened_at, h.begun_at)
  from unnest(p_stream, revisions, chains, opened, opened_at, begun_at) as h(stream, revision, digest, opened, opened_at, begun_at)
  where h.revision is not null
  order by h.stream
  on conflict (stream) do update
    set revision = excluded.revision, digest = excluded.digest,
        open_revision = greatest(s.open_revision, excluded.open_revision),
        open_position = case when excluded.open_revision > s.open_revision then excluded.open_position else s.open_position end;

  insert into event_ids (id, position)
  select f.id, f.position from unnest(p_id, positions) as f(id, position) where f.position is not null;

  insert into events (position, stream, revision, id, type, time, recorded_at, digest, metadata, data)
  select f.position, p_stream[f.n], f.revision, f.id, f.type, times[f.n], recorded, f.digest, f.metadata, f.data
  from unnest(positions, numbers, links, p_append, p_id, p_type, p_metadata, p_data)
    as f(position, revision, digest, n, id, type, metadata, data)
  where f.position is not null;

  insert into inbox (position, consumer, message_id, sequence, decided_at, recorded_at, settings_revision, envelope)
  select m.position, m.consumer, m.message_id, m.sequence, m.decided_at, recorded, m.settings, m.envelope
  from unnest(inboxed, p_consumer, p_message, p_sequence, times, p_settings, p_envelope)
    as m(position, consumer, message_id, sequence, decided_at, settings, envelope)
  where m.position is not null;

  if place > log.last_position then
    update store set last_time = at, last_position = place;
    perform pg_notify('events_' || current_schema(), place::text);
  end if;

  return query select o.outcome, coalesce(o.revision, 0) from unnest(outcomes, revisions) as o(outcome, revision);
end $$;
drop aggregate chained_digest(bytea, bytea);
drop function next_digest(bytea, bytea, bytea);
