import type { Open } from './contestant.js';

/** Everybody who takes part, loaded when it is its turn: nobody measures with the libraries of others in its process. */
const CONTESTANTS = {
  'ours: append': async () => (await import('./event-store/append.js')).openBare,
  'ours: append once': async () => (await import('./event-store/append.js')).openComplete,
  'ours: append once from two processes': async () => (await import('./event-store/two-processes.js')).openTwoProcesses,
  'ours: one of two processes': async () => (await import('./event-store/append.js')).openShared,
  'ours: trailing reader': async () => (await import('./event-store/trailing-reader.js')).openTrailingReader,
  'ours: bulk append': async () => (await import('./event-store/bulk.js')).openBulk,
  'ours: replay': async () => (await import('./event-store/replay.js')).openReplay,
  'ours: replay decoded': async () => (await import('./event-store/replay.js')).openDecodedReplay,
  'ours: load': async () => (await import('./event-store/load.js')).openLoad,
  'ours: projection': async () => (await import('./event-store/projection.js')).openProjection,
  'ours: relay': async () => (await import('./bus/relay.js')).openRelay,
  'ours: consumer': async () => (await import('./bus/consumer.js')).openDeciding,
  'ours: idle consumer': async () => (await import('./bus/consumer.js')).openIdle,
  'ours: end to end': async () => (await import('./bus/end-to-end.js')).openEndToEnd,
  'ours: end of the line': async () => (await import('./bus/end-of-the-line.js')).openEndOfTheLine,
  'ours: plan': async () => (await import('./rules/plan.js')).openPlan,
  'ours: plan by the CLI': async () => (await import('./rules/plan-cli.js')).openPlanCli,
  'emmett: append': async () => (await import('./event-store/peers/emmett.js')).openAppend,
  'emmett: replay': async () => (await import('./event-store/peers/emmett.js')).openReplay,
  'emmett: replay indexed': async () => (await import('./event-store/peers/emmett.js')).openIndexedReplay,
  'emmett: load': async () => (await import('./event-store/peers/emmett.js')).openLoad,
  'message-db: append to one category': async () => (await import('./event-store/peers/message-db.js')).openAppendToOne,
  'message-db: append to many': async () => (await import('./event-store/peers/message-db.js')).openAppendToMany,
  'message-db: replay': async () => (await import('./event-store/peers/message-db.js')).openReplay,
  'message-db: load': async () => (await import('./event-store/peers/message-db.js')).openLoad,
  'pg: insert': async () => (await import('./event-store/peers/plain.js')).openInsert,
  'pg: insert under a lock': async () => (await import('./event-store/peers/plain.js')).openLockedInsert,
  'pg: keyset': async () => (await import('./event-store/peers/plain.js')).openKeyset,
  'pgbench: insert': async () => (await import('./event-store/peers/pgbench.js')).openPgbench,
  'COPY: in': async () => (await import('./event-store/peers/copy.js')).openCopyIn,
  'COPY: to Node': async () => (await import('./event-store/peers/copy.js')).openCopyBytes,
  'COPY: to Node, parsed': async () => (await import('./event-store/peers/copy.js')).openCopyParsed,
  'COPY: to psql': async () => (await import('./event-store/peers/psql.js')).openPsqlCopy,
  'JetStream: one at a time': async () => (await import('./bus/peers/jetstream.js')).openOneAtATime,
  'JetStream: 256 in flight': async () => (await import('./bus/peers/jetstream.js')).openInFlight,
  'JetStream: atomic batches': async () => (await import('./bus/peers/jetstream.js')).openAtomic,
  'JetStream: one at a time by default': async () => (await import('./bus/peers/jetstream.js')).openOneAtATimeByDefault,
  'JetStream: 256 in flight by default': async () => (await import('./bus/peers/jetstream.js')).openInFlightByDefault,
  'JetStream: atomic batches by default': async () => (await import('./bus/peers/jetstream.js')).openAtomicByDefault,
  'JetStream: consume': async () => (await import('./bus/peers/jetstream.js')).openConsume,
} satisfies Record<string, () => Promise<Open>>;

export type ContestantName = keyof typeof CONTESTANTS;

export const openOf = (name: ContestantName): Promise<Open> => CONTESTANTS[name]();
