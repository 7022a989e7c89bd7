import { dumbo } from '@event-driven-io/dumbo';
import { getPostgreSQLEventStore, readMessagesBatch } from '@event-driven-io/emmett-postgresql';
import type { Load, Open, Place } from '../../contestant.js';
import { createDatabase, onServer } from '../../database.js';
import { mac, macsOf, openedAsText, streamOf } from '../../events.js';
import { drive } from '../../measure/drive.js';
import { PAGE, replay } from '../../measure/replay.js';
import { STREAMS } from '../load.js';

const DEFAULT_PARTITION = 'emt:default';

/** As its documentation sets it up; the schema is its own. */
const openStore = async (place: Place, name: string) => {
  const database = await createDatabase(place, name);
  const store = getPostgreSQLEventStore(database.url);
  await store.schema.migrate();
  return {
    database,
    store,
    async close() {
      await store.close();
      await database.drop();
    },
  };
};

export const openAppend: Open = async (place, load) => {
  const { store, close } = await openStore(place, 'bench_emmett');
  const writers = Array.from({ length: load.writers }, (_, writer) => macsOf(writer));
  const revisions = new Map<string, bigint>();
  return {
    round: () =>
      drive(load, async (writer) => {
        const device = writers[writer]?.() ?? mac(0);
        const { type, json, metadata } = openedAsText(device);
        const event = { type, data: JSON.parse(json), metadata: JSON.parse(metadata) };
        const { nextExpectedStreamVersion } = await store.appendToStream(streamOf(device), [event], {
          expectedStreamVersion: revisions.get(device) ?? 'STREAM_DOES_NOT_EXIST',
        });
        revisions.set(device, nextExpectedStreamVersion);
      }),
    close,
  };
};

/** In one transaction, which its order by transaction likes best. */
const fill = (url: string, events: number, macs: number): Promise<void> =>
  onServer(url, async (client) => {
    const { type, json, metadata } = openedAsText(mac(1));
    await client.query(
      `insert into emt_messages (stream_position, transaction_id, stream_id, partition, message_schema_version, message_id,
                                 message_type, message_data, message_metadata)
       select (n - 1) / $2::bigint + 1, pg_current_xact_id(), 'obligations-' || device, $7, '1', gen_random_uuid()::text,
              $3, replace($4, $5, device)::jsonb, $6::jsonb
       from generate_series(1, $1::bigint) n, lateral (select '00000000-0000-4000-8000-' || lpad(to_hex(n % $2::bigint), 12, '0') as device)`,
      [events, macs, type, json, mac(1), metadata, DEFAULT_PARTITION],
    );
    await client.query('vacuum (freeze, analyze) emt_messages');
  });

const openReplayWith =
  (name: string, prepare: string): Open =>
  async (place, load) => {
    const { database, store, close } = await openStore(place, name);
    await fill(database.url, load.events, 1_000);
    await onServer(database.url, (client) => client.query(prepare));
    const pool = dumbo({ connectionString: database.url });
    return {
      round: () => {
        let after = 0n;
        return replay(
          load,
          false,
          async () => {
            const page = await readMessagesBatch(pool.execute, { after, batchSize: PAGE });
            after = page.currentGlobalPosition;
            return page.messages;
          },
          () => undefined,
        );
      },
      async close() {
        await pool.close();
        await store.close();
        await close();
      },
    };
  };

export const openReplay = openReplayWith('bench_emmett_replay', 'select');

/** With an index in the order in which it reads, which its schema has not. */
export const openIndexedReplay = openReplayWith(
  'bench_emmett_indexed',
  'create index on emt_messages (partition, is_archived, transaction_id, global_position)',
);

export const openLoad: Open = async (place: Place, load: Load) => {
  const { database, store, close } = await openStore(place, 'bench_emmett_load');
  await fill(database.url, load.events * STREAMS, STREAMS);
  let turn = 0;
  return {
    round: () =>
      drive(load, async () => {
        const { state } = await store.aggregateStream(streamOf(mac(turn++ % STREAMS)), {
          initialState: () => 0,
          evolve: (count: number) => count + 1,
        });
        if (state !== load.events) throw new Error(`folded ${state} of ${load.events} events`);
      }),
    close,
  };
};
