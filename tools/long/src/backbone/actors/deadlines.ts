import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { closeBus, connectBus, Relay } from '@managed-os/event-bus';
import { PgEventStore, ProjectionRunner } from '@managed-os/event-store';
import { realTime } from '@managed-os/kernel';
import { tallies } from '../tally.js';
import { asked, log, settingsOf, untilAborted } from './life.js';
import { openPool } from './pool.js';

/** A service without handlers: its relay and its projection. */
export interface ServiceSettings {
  readonly databaseUrl: string;
  /** Separated by commas. */
  readonly servers: string;
  readonly user: string;
  readonly pass: string;
  readonly replicas: number;
}

const { databaseUrl, servers, user, pass, replicas } = settingsOf<ServiceSettings>();
const CLOSE_MS = 3_000;
const ending = asked();
const pool = openPool(databaseUrl, 'deadlines');
const store = new PgEventStore<DeadlinesEvent>({
  databaseUrl,
  schema: 'deadlines',
  context: deadlines,
  clockReal: realTime,
  log,
});
const connection = await connectBus({ servers, user, pass, name: 'deadlines' });
const relay = new Relay({ connection, store, context: deadlines, pool, real: realTime, log, replicas });
const projections = new ProjectionRunner({
  store,
  databaseUrl,
  schema: 'deadlines',
  projections: [tallies(deadlines)],
  real: realTime,
  log,
});
projections.start();
await relay.start();
await untilAborted(ending);
await relay.stop();
await projections.stop();
await closeBus(connection, realTime, CLOSE_MS);
await store.close();
await pool.end();
