import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { openPool, PgEventStore } from '@managed-os/event-store';
import { realTime as real } from '@managed-os/kernel';
import { connectBus } from '../connect-bus.js';
import { Relay } from '../relay.js';
import type { RelayAddress } from './relay-process.js';

// The program of `RelayProcess`: relays until it is killed. Without its parent it is nothing.
process.once('disconnect', () => process.exit(1));

const { databaseUrl, schema, servers, replicas } = JSON.parse(process.argv[2] ?? '') as RelayAddress;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const relay = new Relay({
  connection: await connectBus({ servers, name: 'deadlines' }),
  store: new PgEventStore<DeadlinesEvent>({ databaseUrl, schema, context: deadlines, clockReal: real }),
  pool: openPool({ connectionString: databaseUrl }),
  ...{ context: deadlines, real, log: quiet, replicas },
});
await relay.start();
process.send?.('ready');
