import { encodeEvent } from '@managed-os/contracts';
import { onServer, type StoreDatabase } from '../database.js';
import { mac, opened } from '../events.js';

/**
 * So many events of so many Macs, as they stand after appends (only their digests and ids are made up): written in one
 * statement, because a million appends would take longer than what is measured.
 */
export const fill = async ({ url, schema }: StoreDatabase, events: number, macs: number): Promise<void> => {
  const { type, json } = encodeEvent(opened(mac(1)));
  await onServer(url, async (client) => {
    await client.query(`set search_path = ${client.escapeIdentifier(schema)}`);
    await client.query(
      `insert into events (position, stream, revision, id, type, time, recorded_at, digest, metadata, data)
       select n, 'obligations-' || device, (n - 1) / $2::bigint + 1, gen_random_uuid(), $3,
              timestamptz '2025-09-16T12:00:00Z' + n * interval '1 ms', now(), sha256(device::bytea),
              json_build_object('correlationId', gen_random_uuid(), 'causationId', gen_random_uuid(), 'actor', 'service:bench'),
              replace($4, $5, device)::json
       from generate_series(1, $1::bigint) n, lateral (select '00000000-0000-4000-8000-' || lpad(to_hex(n % $2::bigint), 12, '0') as device)`,
      [events, macs, type, json, mac(1)],
    );
    await client.query(
      `insert into streams (stream, revision, digest, open_revision, open_position)
       select stream, max(revision), sha256('x'), 1, min(position) from events group by stream`,
    );
    await client.query(`update store set last_position = $1`, [events]);
    await client.query('vacuum (freeze, analyze) events');
  });
};
