import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contexts } from '@managed-os/contracts';
import type { Device } from './demo/api.js';
import { MACOS_27 } from './demo/scenarios/macos-27.js';
import { staged } from './demo/staging.js';
import { real } from './infra/real-time.js';
import { ask, countsOf, killOneByOne, type Run, runScenario } from './testing/run-scenario.js';

const MINUTES = 60_000;
const NOT_COMING: Readonly<Record<string, string>> = {
  'intel-03': 'hardware_unsupported',
  'intel-05': 'agent_missing',
  'silicon-04': 'bootstrap_token_missing',
  'silicon-05': 'not_supervised',
};
/** While Macs load and install by declarations. */
const KILLS = [
  ['dispatcher', 'caching'],
  ['progress', 'installing'],
] as const;

describe('macOS 27 in autumn 2026 (X1, X16)', () => {
  const state = mkdtempSync(path.join(tmpdir(), 'macos-27-'));
  const { macs } = staged(MACOS_27);
  let run: Run | undefined;
  let failed = true;

  afterAll(async () => {
    run?.end();
    await run?.exited;
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  it(
    'S6 S9 S18 every supervised Mac with Apple silicon arrives at 27.0.1, each Intel Mac at the newest that its hardware has, each step once',
    async () => {
      run = runScenario(state, '--fresh', '--scenario', 'macos-27');
      const killed = await killOneByOne(KILLS, state, run);
      while (!run.isOver() && !run.said().includes('The APIs go on')) await real.sleep(200);
      if (!run.said().includes('as many as can be')) console.error(run.said().slice(-6_000));
      expect(killed).toEqual(KILLS.map(([part]) => part));

      const counted = countsOf(state);
      // What each Mac installed, and in which order: nothing twice, nothing else.
      expect(counted.map(({ name, history }) => [name, history.map(({ version }) => version)])).toEqual(
        macs.map(({ name, ends }) => [name, ends?.installs ?? []]),
      );
      const arrived = counted.filter(({ name }) => !(name in NOT_COMING));
      const versionOf = (architecture: string): readonly string[] =>
        [
          ...new Set(arrived.filter((mac) => mac.architecture === architecture).map(({ version }) => version)),
        ].toSorted();
      expect(versionOf('apple_silicon')).toEqual(['27.0.1']);
      expect(versionOf('intel')).toEqual(['15.8.1', '26.7.1']);
      // Among them: a legacy command to macOS 27, a declaration that the Mac does not know, a download before an upgrade (S11).
      expect(counted.filter(({ defectCount }) => defectCount > 0).map(({ name, defects }) => [name, defects])).toEqual(
        [],
      );

      const devices = await ask<{ items: readonly Device[] }>(state, '/api/devices?limit=100');
      const reasons = devices?.items
        .filter(({ status }) => status !== 'compliant')
        .map(({ name, reason }) => [name, reason]);
      expect(Object.fromEntries(reasons ?? [])).toEqual(NOT_COMING);
      for (const { name } of Object.values(contexts)) {
        const letters = await ask<{ items: readonly unknown[] }>(state, `/api/stores/${name}/dead-letters`);
        expect([name, letters?.items]).toEqual([name, []]);
      }
      const profile = await fetch(/enrollment +(\S+)/.exec(run.said())?.[1] ?? '');
      expect([profile.status, profile.headers.get('content-type')]).toEqual([200, 'application/x-apple-aspen-config']);
      expect(await profile.text()).toContain('com.apple.mdm');
      run.end();
      expect(await run.exited).toBe(0);
      failed = false;
    },
    20 * MINUTES,
  );
});
