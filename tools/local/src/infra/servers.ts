export { Keeper, type Part } from '../supervisor/keeper.js';
export { endOrphanedNats, findNatsServer, type Nats, type NatsUser, startNats } from './nats.js';
export { endOrphanedPostgres, type Postgres, startPostgres } from './postgres.js';
export { birthOf, freePort, launch, type Running, runs, tail } from './processes.js';
