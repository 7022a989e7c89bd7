import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsOf, killOneByOne, type Run, runScenario } from './testing/run-scenario.js';

const MINUTES = 60_000;
const NOT_COMING = { 'design-03': 'bootstrap_token_missing', 'office-03': 'not_supervised' };

/** Who is killed, and in the middle of what. */
const KILLS = [
  ['library', 'waiting'],
  ['blueprints', 'waiting'],
  ['progress', 'caching'],
  ['releases', 'caching'],
  ['virtual-fleet', 'caching'],
  ['nats', 'cached'],
  ['deadlines', 'cached'],
  ['dispatcher', 'countdown'],
  ['progress', 'countdown'],
  ['nats', 'installing'],
  ['deadlines', 'installing'],
  ['dispatcher', 'verifying'],
] as const;

describe('the main job, from release to verified version (X16)', () => {
  const state = mkdtempSync(path.join(tmpdir(), 'main-job-'));
  let failed = true;
  const running: Run[] = [];
  const start = (...options: string[]): Run => {
    const job = runScenario(state, '--exit-when-done', ...options);
    running.push(job);
    return job;
  };

  afterAll(async () => {
    for (const job of running) job.end();
    await Promise.all(running.map((job) => job.exited));
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  it(
    'S3 S44 every Mac that can be there gets there with exactly one install, whichever services and servers are killed on the way',
    async () => {
      const job = start('--fresh');
      const killed = await killOneByOne(KILLS, state, job);
      const code = await job.exited;
      if (code !== 0) console.error(job.said().slice(-6_000));
      expect(code).toBe(0);
      expect(killed).toEqual(KILLS.map(([part]) => part));

      const macs = countsOf(state);
      expect(macs).toHaveLength(24);
      const arrived = macs.filter(({ name }) => !(name in NOT_COMING));
      expect(arrived.filter(({ installs, version }) => installs !== 1 || version !== '12.6')).toEqual([]);
      expect(macs.filter(({ name, installs }) => name in NOT_COMING && installs > 0)).toEqual([]);
      // No 401, no malformed command, no wrong token: what a real Mac would have stumbled over.
      expect(macs.filter(({ defectCount }) => defectCount > 0)).toEqual([]);
      // S11: the two that upgrade to another major were never asked to download ahead.
      const upgraded = macs.filter(({ name }) => ['design-02', 'design-08'].includes(name));
      expect(upgraded.map(({ answered }) => answered['ScheduleOSUpdate DownloadOnly'] ?? 0)).toEqual([0, 0]);
      failed = false;
    },
    20 * MINUTES,
  );

  it(
    'a second start goes on with the first one’s data, and nothing is installed again',
    async () => {
      failed = true;
      const job = start();
      const code = await job.exited;
      if (code !== 0) console.error(job.said().slice(-6_000));
      expect(code).toBe(0);
      expect(countsOf(state).reduce((sum, { installs }) => sum + installs, 0)).toBe(22);
      for (const [name, reason] of Object.entries(NOT_COMING))
        expect(job.said()).toMatch(new RegExp(`not there: ${name}.*${reason.replaceAll('_', ' ')}`));
      failed = false;
    },
    10 * MINUTES,
  );
});
