import type { Benchmark, Entry, Row } from './benchmark.js';
import { type Contestant, type Load, NotInstalled, type Place, type Round } from './contestant.js';
import { openOf } from './contestants.js';
import { cpuMillisOf } from './measure/cpu.js';
import { startWorker, type Worker } from './worker-process.js';

/** A round with the processor time that it took. */
export interface MeasuredRound extends Round {
  /** Of the contestant's own processes, in milliseconds; 0 where that cannot be seen. */
  readonly clientCpu: number;
  /** Of the servers. */
  readonly serverCpu: number;
}

export interface EntryResult {
  readonly entry: Entry;
  /** The program that is missing; then there are no rounds. */
  readonly missing?: string;
  readonly rounds: readonly MeasuredRound[];
}

export interface RowResult {
  readonly row: Row;
  /** Ours first. */
  readonly entries: readonly EntryResult[];
}

export interface RunOptions {
  readonly place: Place;
  /** The processes of the servers. */
  readonly serverPids: readonly number[];
  readonly quick: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs the rows one after the other; within a row everybody takes turns, so that a busy machine is busy for all. */
export const runBenchmark = async (
  { rows }: Pick<Benchmark, 'rows'>,
  options: RunOptions,
): Promise<readonly RowResult[]> => {
  const results: RowResult[] = [];
  for (const row of rows) results.push(await runRow(row, options));
  return results;
};

interface Ready {
  readonly entry: Entry;
  readonly worker?: Worker;
  readonly missing?: string;
  readonly rounds: MeasuredRound[];
}

const runRow = async (row: Row, options: RunOptions): Promise<RowResult> => {
  const { quick, progress, signal } = options;
  const load = quick ? row.quick : row.load;
  const ready: Ready[] = [];
  try {
    for (const entry of [row.ours, ...row.peers]) {
      signal.throwIfAborted();
      progress(`${row.title}: preparing ${entry.title}`);
      ready.push(await prepare(entry, load, options));
    }
    const rounds = quick ? 1 : row.rounds;
    for (let round = quick ? 1 : 0; round <= rounds; round++) {
      for (const { entry, worker, rounds: kept } of ready) {
        signal.throwIfAborted();
        if (!worker) continue;
        progress(`${row.title}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds},`} ${entry.title}`);
        const measured = await measure(worker, options.serverPids);
        if (round > 0) kept.push(measured);
      }
    }
  } finally {
    await closeAll(ready);
  }
  return {
    row,
    entries: ready.map(({ entry, missing, rounds }) => ({ entry, rounds, ...(missing !== undefined && { missing }) })),
  };
};

/** Also those after one that fails to. */
const closeAll = async (ready: readonly Ready[]): Promise<void> => {
  const closed = await Promise.allSettled(ready.map(({ worker }) => worker?.close()));
  const failed = closed.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
};

const prepare = async (entry: Entry, load: Load, { place, quick }: RunOptions): Promise<Ready> => {
  try {
    const worker = quick ? await inThisProcess(entry, load, place) : await startWorker(entry.contestant, place, load);
    return { entry, worker, rounds: [] };
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    return { entry, missing: error.program, rounds: [] };
  }
};

/** Where times do not matter, a process for each would take most of it. */
const inThisProcess = async (entry: Entry, load: Load, place: Place): Promise<Worker> => {
  const contestant: Contestant = await (await openOf(entry.contestant))(place, load);
  return { pid: contestant.pid ?? process.pid, round: () => contestant.round(), close: () => contestant.close() };
};

const measure = async (worker: Worker, serverPids: readonly number[]): Promise<MeasuredRound> => {
  const servers = (): number => serverPids.reduce((sum, pid) => sum + cpuMillisOf(pid), 0);
  const [client, server] = [cpuMillisOf(worker.pid), servers()];
  const round = await worker.round();
  return { ...round, clientCpu: cpuMillisOf(worker.pid) - client, serverCpu: servers() - server };
};
