import type { Row } from './benchmark.js';
import type { Place } from './contestant.js';
import { cpuMillisOf } from './measure/cpu.js';
import { selfTimes, toProfileTable } from './report/profile.js';
import { number } from './report/table.js';
import { startWorker } from './worker-process.js';

const MOST = 40;

/** Watches what is ours of a row, once warm, through all its rounds, and answers where its process's time went. */
export const profileRow = async (
  row: Row,
  place: Place,
  serverPids: readonly number[],
  quick: boolean,
): Promise<string> => {
  const worker = await startWorker(row.ours.contestant, place, quick ? row.quick : row.load);
  const cpu = (): readonly number[] => [worker.pid, ...serverPids].map(cpuMillisOf);
  let count = 0;
  await worker.round();
  const before = cpu();
  const profile = await worker.profile(async () => {
    for (let round = 0; round < row.rounds; round++) count += (await worker.round()).count;
  });
  const [client = 0, ...servers] = cpu().map((millis, index) => ((millis - (before[index] ?? 0)) / count) * 1_000);
  await worker.close();
  const server = servers.reduce((sum, micros) => sum + micros, 0);
  return [
    `# ${row.title}: where Node's time goes`,
    `${number(count)} ${row.unit}; each took ${number(client)} µs of processor time in Node and ${number(server)} µs in the servers.`,
    toProfileTable(selfTimes(profile, MOST)),
  ].join('\n\n');
};
