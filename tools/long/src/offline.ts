import { readFileSync } from 'node:fs';
import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { PgEventStore } from '@managed-os/event-store';
import { reactionId, realTime } from '@managed-os/kernel';
import type { Running } from '@managed-os/local/servers';
import type pg from 'pg';
import { auditFlow } from './backbone/audit/audit.js';
import type { Difference } from './backbone/audit/evidence.js';
import { gather } from './backbone/audit/gather.js';
import { factOf, macOf } from './backbone/facts.js';
import { startProgram } from './backbone/program.js';
import { unfinished } from './backbone/quiet.js';
import { enter, type Servers, startServers, urlOf } from './backbone/servers.js';
import { tell } from './backbone/summary.js';
import { openFolder } from './folder.js';
import type { Run } from './run.js';

const MACS = 1_000;
const EACH = 300;
const BEFORE = 2;
const LOOK_MS = 250;
const SAY_MS = 5_000;
/** A backlog twice as long must not need more memory: how much above its first tenth may it be, in MB. */
const GROWTH_MB = 150;

type Say = (line: string) => void;
type Undo = (() => Promise<unknown>)[];

export const offline: Run = {
  name: 'offline',
  summary: `a consumer that died with messages in hand comes back to ${MACS * EACH} more, its memory watched`,
  async run({ nodes }, say, ending) {
    const folder = await openFolder();
    const undo: Undo = [];
    let isKept = true;
    try {
      const differences = await play(folder.path, nodes, say, ending, undo);
      isKept = differences.length > 0;
      if (!ending.aborted) tell(differences).forEach(say);
    } finally {
      for (const step of undo.toReversed()) await step();
      folder.close(isKept && !ending.aborted);
      if (isKept && !ending.aborted) say(`logs and data are kept in ${folder.path}`);
    }
    return isKept ? 1 : 0;
  },
};

const play = async (
  folder: string,
  nodes: number,
  say: Say,
  ending: AbortSignal,
  undo: Undo,
): Promise<readonly Difference[]> => {
  const servers = await startServers(folder, nodes, say, undo);
  const { pool, connection } = await enter(servers, undo);
  const start = async (name: string, program: 'deadlines' | 'progress'): Promise<Running> => {
    const running = await startProgram(folder, name, program, settingsFor(servers, program));
    undo.push(() => running.stop());
    return running;
  };
  await start('relay', 'deadlines');
  const doomed = await start('consumer-1', 'progress');
  await append(servers, 0, BEFORE, ending);
  while ((await countOf(pool)) < MACS && !ending.aborted) await realTime.sleep(LOOK_MS);
  process.kill(doomed.pid, 'SIGKILL');
  say(`the consumer is dead after ${await countOf(pool)} of ${MACS * BEFORE} messages`);
  await append(servers, BEFORE, EACH, ending);
  say(`${MACS * (EACH - BEFORE)} messages more are waiting; it comes back`);
  const returned = await start('consumer-2', 'progress');
  const memory = await watch(pool, returned.pid, say, ending);
  if (ending.aborted) return memory;
  while ((await unfinished(pool, connection)).length > 0) await realTime.sleep(LOOK_MS);
  say('auditing');
  return [...auditFlow(await gather({ journals: [], pool, connection })), ...memory];
};

const settingsFor = ({ postgresPort, natsPorts, nats }: Servers, user: string): object => ({
  databaseUrl: urlOf(postgresPort, { role: `mos_${user}` }),
  servers: natsPorts.map((port) => `nats://127.0.0.1:${port}`).join(','),
  ...{ user, pass: user, replicas: nats.length },
});

/** Of every Mac the events from one number to before another, the Macs taking turns. */
const append = async ({ postgresPort }: Servers, from: number, to: number, ending: AbortSignal): Promise<void> => {
  const store = new PgEventStore<DeadlinesEvent>({
    databaseUrl: urlOf(postgresPort, { role: 'mos_deadlines' }),
    schema: 'deadlines',
    context: deadlines,
    clockReal: realTime,
  });
  for (let number = from; number < to && !ending.aborted; number++) {
    await Promise.all(
      Array.from({ length: MACS }, (_, mac) =>
        store.append({
          stream: `obligations-${macOf(mac)}`,
          expected: 'any',
          events: [factOf('DeadlineReached', macOf(mac), number)],
          cause: {
            correlationId: reactionId('offline', mac),
            actor: 'user:offline',
            time: realTime.now(),
            idOf: () => reactionId('offline', mac, number),
          },
        }),
      ),
    );
  }
  await store.close();
};

const countOf = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from progress.events');
  return rows[0]?.count ?? 0;
};

/** Megabytes that a process has in memory; 0 where that cannot be seen. */
const memoryOf = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};

/** Until every message has its effect. */
const watch = async (pool: pg.Pool, pid: number, say: Say, ending: AbortSignal): Promise<readonly Difference[]> => {
  const all = MACS * EACH;
  const [began, already] = [realTime.elapsed(), await countOf(pool)];
  let [early, most, told] = [0, 0, began];
  for (let count = already; count < all && !ending.aborted; count = await countOf(pool)) {
    await realTime.sleep(LOOK_MS, ending);
    const memory = memoryOf(pid);
    most = Math.max(most, memory);
    if (count - already < (all - already) / 10) early = most;
    const now = realTime.elapsed();
    if (now - told < SAY_MS) continue;
    told = now;
    say(
      `… ${count} of ${all} handled, ${(((count - already) / (now - began)) * 1_000).toFixed(0)}/s, ${memory.toFixed(0)} MB`,
    );
  }
  if (ending.aborted) return [];
  say(`memory: ${early.toFixed(0)} MB in the first tenth, ${most.toFixed(0)} MB at most`);
  const what = `${most.toFixed(0)} MB, ${early.toFixed(0)} MB in the first tenth`;
  return most > early + GROWTH_MB ? [{ rule: 'memory does not grow with the backlog', what }] : [];
};
