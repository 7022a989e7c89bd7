-- The only way to write events: one call appends a batch, in order, each of its appends wholly or not at all.

-- Streams are hash chains: digest = sha256(previous digest, id, type, revision, time, data as stored), the first one's
-- previous digest being sha256(stream).
create function next_digest(chained bytea, head bytea, entry bytea) returns bytea language plpgsql immutable as $$
begin
  return sha256(coalesce(chained, head) || entry);
end $$;
create aggregate chained_digest(head bytea, entry bytea) (sfunc = next_digest, stype = bytea);

-- p_stream … p_settings: one element per append. p_stream is null for an append without events, p_expected is null for
-- "any" and 0 for "no stream", p_message is null for an append that answers no message.
-- p_append … p_opens: one element per event; p_append is the number of its append (from 1), p_opens says that a load may
-- start at this event. A stream and a message may occur once per call.
create function append(
  p_stream text[], p_expected bigint[], p_time timestamptz[],
  p_consumer text[], p_message text[], p_sequence bigint[], p_envelope json[], p_settings text[],
  p_append bigint[], p_id uuid[], p_type text[], p_data json[], p_metadata json[], p_opens boolean[]
) returns table (outcome text, revision bigint)
language plpgsql volatile security definer set search_path from current as $$
#variable_conflict use_column
declare
  log         store%rowtype;
  entries     bigint := cardinality(p_id) + cardinality(p_stream);
  recorded    timestamptz(3);
  end_of_log  bigint;
begin
  -- With an older snapshot the statements below would not see what was committed while waiting for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'append runs at read committed only' using errcode = 'invalid_transaction_state';
  end if;
  -- Positions are given out under this lock, which is released after the commit is visible: position order is commit order.
  perform pg_advisory_xact_lock(hashtextextended('append to ' || current_schema(), 0));
  select * into log from store;
  recorded := clock_timestamp();

  while log.partitioned_to <= log.last_position + entries loop
    log.partitioned_to := add_partition();
  end loop;
  if log.partitioned_to <= log.last_position + entries + log.partition_size / 2 then
    begin  -- one ahead, when that makes nobody wait
      lock table only events in share update exclusive mode nowait;
      perform add_partition();
    exception when lock_not_available then null;
    end;
  end if;

  return query
  with asked as materialized (
    select * from unnest(p_stream, p_expected, p_time, p_consumer, p_message, p_sequence, p_envelope, p_settings)
      with ordinality as a(stream, expected, time, consumer, message_id, sequence, envelope, settings, n)
  ), judged as materialized (
    select a.*, coalesce(s.revision, 0) as head, s.digest,
           case when i.message_id is not null then 'duplicate'
                when a.expected <> coalesce(s.revision, 0) then 'conflict'
                else 'done' end as verdict
    from asked a
    left join streams s on s.stream = a.stream
    left join inbox i on i.consumer = a.consumer and i.message_id = a.message_id
  ), given as materialized (
    select e.*, row_number() over (partition by e.n order by e.o) as k
    from unnest(p_append, p_id, p_type, p_data, p_metadata, p_opens) with ordinality as e(n, id, type, data, metadata, opens, o)
  ), slots as (
    select j.*, (j.message_id is not null)::int as inboxed, coalesce(c.events, 0) as events
    from judged j left join (select g.n, count(*) as events from given g group by g.n) c on c.n = j.n
    where j.verdict = 'done'
  ), done as materialized (
    select s.*, greatest(log.last_time, max(s.time) over (order by s.n))::timestamptz(3) as at,
           log.last_position + sum(s.inboxed + s.events) over (order by s.n) - s.inboxed - s.events as base
    from slots s
  ), fresh as materialized (
    select d.n, d.stream, d.at, (d.base + d.inboxed + g.k)::bigint as position, d.head + g.k as revision,
           g.id, g.type, g.data, g.metadata, g.opens,
           chained_digest(
             coalesce(d.digest, sha256(convert_to(d.stream, 'UTF8'))),
             convert_to(concat_ws(E'\n', g.id, g.type, d.head + g.k, to_char(d.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), g.data), 'UTF8')
           ) over (partition by d.n order by g.k) as digest
    from done d join given g on g.n = d.n
  ), new_ids as (
    insert into event_ids (id, position) select f.id, f.position from fresh f
  ), new_events as (
    insert into events (position, stream, revision, id, type, time, recorded_at, digest, metadata, data)
    select f.position, f.stream, f.revision, f.id, f.type, f.at, recorded, f.digest, f.metadata, f.data from fresh f order by f.position
  ), new_messages as (
    insert into inbox (position, consumer, message_id, sequence, decided_at, recorded_at, settings_revision, envelope)
    select d.base + 1, d.consumer, d.message_id, d.sequence, d.at, recorded, d.settings, d.envelope from done d where d.inboxed = 1
  ), heads as materialized (
    select f.n, f.stream, max(f.revision) as revision, (array_agg(f.digest order by f.revision desc))[1] as digest,
           max(f.revision) filter (where f.opens) as open_revision, max(f.position) filter (where f.opens) as open_position,
           min(f.position) as first_position
    from fresh f group by f.n, f.stream
  ), new_heads as (
    insert into streams as s (stream, revision, digest, open_revision, open_position)
    select h.stream, h.revision, h.digest, coalesce(h.open_revision, 1), coalesce(h.open_position, h.first_position) from heads h order by h.stream
    on conflict (stream) do update
      set revision = excluded.revision, digest = excluded.digest,
          open_revision = greatest(s.open_revision, excluded.open_revision),
          open_position = case when excluded.open_revision > s.open_revision then excluded.open_position else s.open_position end
  ), moved as (
    update store set last_time = d.at, last_position = d.position
    from (select max(at) as at, max(base + inboxed + events)::bigint as position from done) d where d.position > log.last_position
  )
  select j.verdict, coalesce(h.revision, 0) from judged j left join heads h on h.n = j.n order by j.n;

  select last_position into end_of_log from store;
  if end_of_log > log.last_position then
    perform pg_notify('events_' || current_schema(), end_of_log::text);
  end if;
end $$;
