import { realTime } from '@managed-os/kernel';
import type { Benchmark, Row } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import { type Asked, readAsked } from './config.js';
import { openPlace, type OwnPlace } from './place.js';
import { profileRow } from './profile.js';
import { listOf } from './report/list.js';
import { describeMachine } from './report/machine.js';
import { toJson, toMarkdown } from './report/report.js';
import { runBenchmark } from './run.js';

const progress = (line: string): void => console.error(line);

const find = <T extends { readonly name: string }>(all: readonly T[], name: string): T => {
  const found = all.find((each) => each.name === name);
  if (found) return found;
  progress(`there is no ${name}; there is\n${listOf(benchmarks)}`);
  process.exit(2);
};

const rowsOf = ({ rows }: Benchmark, { only }: Asked): readonly Row[] =>
  only === undefined ? rows : [find(rows, only)];

const measure = async (benchmark: Benchmark, asked: Asked, place: OwnPlace, signal: AbortSignal): Promise<string> => {
  if (asked.profile !== undefined)
    return profileRow(find(benchmark.rows, asked.profile), place, place.pids, asked.quick);
  const machine = await describeMachine(place, place.natsVersion, realTime);
  const rows = rowsOf(benchmark, asked);
  const results = await runBenchmark({ rows }, { place, serverPids: place.pids, quick: asked.quick, progress, signal });
  return (asked.json ? toJson : toMarkdown)({ benchmark, quick: asked.quick, machine, results });
};

const asked = readAsked(process.argv.slice(2));
if (asked.name === undefined) console.log(listOf(benchmarks));
else {
  const benchmark = find(benchmarks, asked.name);
  rowsOf(benchmark, asked);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  const place = await openPlace(progress);
  try {
    console.log(await measure(benchmark, asked, place, stopping.signal));
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    progress('stopped');
    process.exitCode = 130;
  } finally {
    await place.stop();
  }
}
