import { realTime } from '@managed-os/kernel';
import type { NatsConnection } from '@nats-io/transport-node';
import type pg from 'pg';
import { openFolder } from '../folder.js';
import { Random } from '../random.js';
import type { Choices, Run } from '../run.js';
import { type Cast, startActors } from './actors.js';
import { audit } from './audit/audit.js';
import type { Difference } from './audit/evidence.js';
import { gather } from './audit/gather.js';
import { Monitor, type Sample } from './monitor.js';
import { unfinished } from './quiet.js';
import { LONG, Saboteur, SHORT } from './saboteur.js';
import { DATABASE, enter, type Servers, startServers } from './servers.js';
import { summarize } from './summary.js';

const MACS = 40;
const APPENDS_PER_SECOND = 40;
const SAY_MS = 5_000;
const LOOK_MS = 250;
const DRAIN_MS = 180_000;

type Say = (line: string) => void;

export const backbone: Run = {
  name: 'backbone',
  summary: 'kills, pauses and cuts off everything at random, then compares stores, streams and effects',
  async run(choices, say, ending) {
    const folder = await openFolder();
    const undo: (() => Promise<unknown>)[] = [];
    let isKept = true;
    try {
      const differences = await play(choices, folder.path, say, ending, undo);
      isKept = differences.length > 0;
    } finally {
      for (const step of undo.toReversed()) await step();
      folder.close(isKept && !ending.aborted);
      if (isKept && !ending.aborted) say(`logs, journals and data are kept in ${folder.path}`);
    }
    return isKept ? 1 : 0;
  },
};

/** Everything that runs, and the auditor's own way to it. */
interface World {
  readonly servers: Servers;
  readonly cast: Cast;
  readonly pool: pg.Pool;
  readonly connection: NatsConnection;
  readonly monitor: Monitor;
}

const play = async (
  choices: Choices,
  folder: string,
  say: Say,
  ending: AbortSignal,
  undo: (() => Promise<unknown>)[],
): Promise<readonly Difference[]> => {
  const began = realTime.elapsed();
  const said: Say = (line) => say(`${((realTime.elapsed() - began) / 1_000).toFixed(1).padStart(7)}  ${line}`);
  said(`seed ${choices.seed}, ${choices.minutes} minutes, NATS servers: ${choices.nodes}; logs in ${folder}`);
  const world = await setUp(choices, folder, said, undo);
  if (!(await isAtWork(world, ending))) return [];
  const from = realTime.elapsed();
  const saboteur = await sabotage(world, choices, said, ending);
  if (ending.aborted) return [];
  const seconds = (realTime.elapsed() - from) / 1_000;
  said('healing');
  await saboteur.healed();
  said('draining');
  const healed = realTime.elapsed();
  const unrest = await calm(world, said);
  const drainSeconds = (realTime.elapsed() - healed) / 1_000;
  said('auditing');
  const { cast, pool, connection, monitor } = world;
  const differences = [...unrest, ...audit(await gather({ journals: cast.journals, pool, connection }))];
  const { deeds } = saboteur;
  const { sample: end, stalls } = monitor;
  summarize({ ...choices, seconds, drainSeconds, deeds, end, stalls, differences }).forEach(say);
  return differences;
};

const setUp = async (
  { seed, nodes }: Choices,
  folder: string,
  said: Say,
  undo: (() => Promise<unknown>)[],
): Promise<World> => {
  const servers = await startServers(folder, nodes, said, undo);
  const { pool, connection } = await enter(servers, undo);
  const stage = { folder, seed, macs: MACS, appendsPerSecond: APPENDS_PER_SECOND, servers, said };
  const cast = await startActors(stage, undo);
  return { servers, cast, pool, connection, monitor: new Monitor(pool, connection, realTime) };
};

/** Resolves once something went all the way; `false` when that was called off. */
const isAtWork = async ({ monitor }: World, ending: AbortSignal): Promise<boolean> => {
  while ((await monitor.look()).relayedOn === 0 && !ending.aborted) await realTime.sleep(LOOK_MS, ending);
  return !ending.aborted;
};

const sabotage = async (
  { servers, cast, pool, monitor }: World,
  { seed, minutes }: Choices,
  said: Say,
  ending: AbortSignal,
): Promise<Saboteur> => {
  const saboteur = new Saboteur({
    targets: {
      actors: [...cast.writers, ...cast.services],
      postgres: servers.postgres,
      backends: () => backends(pool),
      nats: servers.nats,
    },
    random: new Random(seed),
    real: realTime,
    longest: minutes > 0 ? LONG : SHORT,
    said,
  });
  const over = new AbortController();
  const progress = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await realTime.sleep(SAY_MS, over.signal);
      said(`… ${inWords(monitor.sample)}`);
    }
  };
  const work = async (): Promise<void> => {
    if (minutes === 0) await saboteur.rehearse();
    else await saboteur.work(AbortSignal.any([ending, AbortSignal.timeout(minutes * 60_000)]));
    over.abort();
  };
  await Promise.all([monitor.watch(over.signal), progress(), work()]);
  return saboteur;
};

const backends = async (pool: pg.Pool): Promise<readonly number[]> => {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = $1 and usename like 'mos\\_%' order by pid`,
    [DATABASE],
  );
  return rows.map(({ pid }) => pid);
};

const inWords = ({ appended, relayed, reacted, relayedOn, openLetters }: Sample): string =>
  `appended ${appended}, relayed ${relayed}, reacted ${reacted}, relayed on ${relayedOn}, open letters ${openLetters}`;

/** Lets everything that was begun end; what does not end by itself, or had ended by itself, is a difference. */
const calm = async ({ servers, cast, pool, connection, monitor }: World, said: Say): Promise<readonly Difference[]> => {
  const differences: Difference[] = [];
  const stop = async ({ victim }: Cast['writers'][number]): Promise<void> => {
    const how = await victim.stop();
    // By the signal itself: it had just been started again and had not begun.
    if (how !== undefined && how !== 'exit code 0' && how !== 'SIGTERM')
      differences.push({ rule: 'a process ends when it is asked to', what: `${victim.name}: ${how}` });
  };
  await Promise.all(cast.writers.map(stop));
  const undone = await untilQuiet(pool, connection, said);
  differences.push(...undone.map((what) => ({ rule: 'everything is done some time after the last sabotage', what })));
  await Promise.all(cast.services.map(stop));
  await monitor.look();
  const victims = [
    servers.postgres,
    ...servers.nats,
    ...[...cast.writers, ...cast.services].map(({ victim }) => victim),
  ];
  const surprises = victims.flatMap(({ surprises }) => surprises);
  return [...differences, ...surprises.map((what) => ({ rule: 'no process ends by itself', what }))];
};

const untilQuiet = async (pool: pg.Pool, connection: NatsConnection, said: Say): Promise<readonly string[]> => {
  const began = realTime.elapsed();
  for (let told = began; ; await realTime.sleep(LOOK_MS)) {
    const left = await unfinished(pool, connection).catch((error: unknown) => [String(error)]);
    const now = realTime.elapsed();
    if (left.length === 0 || now - began > DRAIN_MS) return left;
    if (now - told < SAY_MS) continue;
    said(`… ${left.join(', ')}`);
    told = now;
  }
};
