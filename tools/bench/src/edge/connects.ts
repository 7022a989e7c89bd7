import type { Contestant, Load, Open, Place, Round } from '../contestant.js';
import { drive } from '../measure/drive.js';
import { pace } from '../measure/pace.js';
import { Line } from './line.js';
import { requestOf, strangers } from './says.js';
import { type Server, startServer } from './server.js';

const DISPATCHER = new URL('../../../../services/dispatcher/src/testing/edge-benchmark.ts', import.meta.url);
const FASTIFY = new URL('./peers/fastify.ts', import.meta.url);
/** Half of what a core is to do. */
const PER_SECOND = 4_000;
/** At which each Mac is heard once in a round. */
const SLOWLY = 1_000;

type Start = (place: Place, macs: number) => Promise<Server>;

const dispatcher =
  (by: 'header' | 'signature'): Start =>
  ({ databaseUrl }, macs) =>
    startServer(DISPATCHER, [String(macs), by], { TEST_DATABASE_URL: databaseUrl });

const fastify =
  (work: 'nothing' | 'ours' | 'plist'): Start =>
  () =>
    startServer(FASTIFY, [work]);

/** What a round does with the Macs; `connect` is answered when the Mac of this number is. */
type Rounds = (load: Load, server: Server, connect: (mac: number) => Promise<void>) => Promise<Round>;

const open =
  (start: Start, rounds: Rounds): Open =>
  async (place, load): Promise<Contestant> => {
    const server = await start(place, load.events);
    const lines = await Promise.all(Array.from({ length: load.writers }, () => Line.open(server.url)));
    const requests = (server.says.length > 0 ? server.says : strangers(load.events)).map(requestOf);
    const free = [...lines];
    const waiting: ((line: Line) => void)[] = [];
    const connect = async (mac: number): Promise<void> => {
      const request = requests[mac % requests.length];
      const line = free.pop() ?? (await new Promise<Line>((resolve) => waiting.push(resolve)));
      if (request) await line.ask(request);
      const next = waiting.shift();
      if (next) next(line);
      else free.push(line);
    };
    return {
      pid: server.pid,
      profiler: server.profiler,
      round: () => rounds(load, server, connect),
      async close() {
        for (const line of lines) line.close();
        await server.close();
      },
    };
  };

let turn = 0;
const asFastAsItGoes: Rounds = (load, _, connect) => drive(load, () => connect(turn++));

const atItsPace: Rounds = ({ millis }, _, connect) => pace((millis * PER_SECOND) / 1_000, PER_SECOND, connect);

interface Written {
  readonly rows: Readonly<Record<string, number>>;
  /** Transactions that wrote the last-seen as they are. */
  readonly batches: number;
}

/** Each Mac once, and the rows that this wrote. */
const counted: Rounds = async ({ events }, server, connect) => {
  const before = await server.ask<Written>('written');
  const round = await pace(events, SLOWLY, connect);
  const { rows, batches } = await server.ask<Written>('written');
  const more = Object.entries(rows).map(([table, count]) => [table, count - (before.rows[table] ?? 0)] as const);
  const lastSeen = more.find(([table]) => table === 'last_seen')?.[1] ?? 0;
  const all = more.reduce((sum, [, count]) => sum + count, 0);
  return { ...round, facts: { batches, 'rows of last-seen': lastSeen, 'rows elsewhere': all - lastSeen } };
};

export const openConnects = open(dispatcher('header'), asFastAsItGoes);
export const openSigned = open(dispatcher('signature'), asFastAsItGoes);
export const openPaced = open(dispatcher('header'), atItsPace);
export const openCounted = open(dispatcher('header'), counted);
export const openBare = open(fastify('nothing'), asFastAsItGoes);
export const openBarePaced = open(fastify('nothing'), atItsPace);
export const openParsing = open(fastify('ours'), asFastAsItGoes);
export const openPlistParsing = open(fastify('plist'), asFastAsItGoes);
