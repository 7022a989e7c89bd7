import { type Context, contexts, isInternal } from '@managed-os/contracts';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type pg from 'pg';

/**
 * What is still to be done, in words; empty when everything is relayed, handled, projected and redelivered. Asked in the
 * order in which messages go, so that none passes from what is looked at next to what was looked at before.
 */
export const unfinished = async (pool: pg.Pool, connection: NatsConnection): Promise<readonly string[]> => {
  const jsm = await jetstreamManager(connection, { checkAPI: false });
  return [
    ...(await unrelayed(pool, jsm, 'deadlines', contexts.deadlines)),
    ...(await unhandled(jsm)),
    ...(await left(pool, 'dead letters are open', 'progress.dead_letters where outcome is null')),
    ...(await left(pool, 'Macs are parked', 'progress.parked_tokens')),
    ...(await unrelayed(pool, jsm, 'progress', contexts.updates)),
    ...(await left(pool, 'projections are behind', behind('deadlines'))),
    ...(await left(pool, 'projections are behind', behind('progress'))),
  ];
};

const unhandled = async (jsm: JetStreamManager): Promise<readonly string[]> => {
  const { num_pending, num_ack_pending } = await jsm.consumers.info('MOS_DEADLINES', 'progress');
  return [
    ...(num_pending > 0 ? [`${num_pending} messages are not delivered`] : []),
    ...(num_ack_pending > 0 ? [`${num_ack_pending} messages are not acknowledged`] : []),
  ];
};

const behind = (schema: string): string =>
  `${schema}.store left join ${schema}.checkpoints on projection = 'tallies' where position is distinct from last_position`;

const left = async (pool: pg.Pool, what: string, from: string): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${from}`);
  const count = rows[0]?.count ?? 0;
  return count > 0 ? [`${count} ${what}`] : [];
};

const unrelayed = async (
  pool: pg.Pool,
  jsm: JetStreamManager,
  schema: string,
  context: Context,
): Promise<readonly string[]> => {
  const internal = context.events.filter(isInternal).map(({ typeName }) => typeName);
  const { rows } = await pool.query<{ position: number }>(
    `select coalesce(max(position), 0)::int as position from ${schema}.events where type <> all($1)`,
    [internal],
  );
  const stream = `MOS_${context.name.toUpperCase()}`;
  const last = await jsm.streams.getMessage(stream, { last_by_subj: `mos.${context.name}.>` });
  const relayed = Number(last?.header.get('ce-position') ?? 0);
  const wanted = rows[0]?.position ?? 0;
  return relayed === wanted ? [] : [`${stream} is at ${relayed} of ${wanted}`];
};
