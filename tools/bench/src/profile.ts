import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Row } from './benchmark.js';
import type { Place } from './contestant.js';
import { type CpuProfile, selfTimes, toProfileTable } from './report/profile.js';
import { startWorker } from './worker-process.js';

const MOST = 40;

/** Runs what is ours of a row under Node's profiler, and answers where its time went. */
export const profileRow = async (row: Row, place: Place, quick: boolean): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-profile-'));
  try {
    const options = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    const worker = await startWorker(row.ours.contestant, place, quick ? row.quick : row.load, options);
    for (let round = 0; round < row.rounds; round++) await worker.round();
    await worker.close();
    const tables = readdirSync(folder).map((file) => {
      const profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as CpuProfile;
      return toProfileTable(selfTimes(profile, MOST));
    });
    return [`# ${row.title}: self time in Node, starting and preparing included`, ...tables].join('\n\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
};
