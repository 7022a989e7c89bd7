import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSettings } from './config.js';
import { runDemo } from './demo/demo.js';
import { at, type CastMac, type Scenario } from './demo/scenario.js';
import { type BesideNanomdm, startBesideNanomdm } from './testing/beside-nanomdm.js';
import { countsOf } from './testing/run-scenario.js';

const { NANOMDM_BIN } = process.env;
const MINUTES = 60_000;

const managed = (
  group: 'commands' | 'declarations',
  model: string,
  board: string,
  version: string,
  traits: CastMac['traits'] = {},
): CastMac => ({ group, model, board, version, zone: 'Europe/Berlin', traits });
const byDeadline = (minimumVersion: string): object => ({
  ...{ mode: 'manual', minimumVersion, deadlineDate: '2026-10-07', time: '10:00' },
  clock: { zone: 'Europe/Berlin' },
});
const group = (item: string, goal: string): Scenario['groups'][string] => ({
  ...{ blueprint: item, items: [item], ends: { goal, installs: [goal] } },
});
/** A Mac that is updated by commands, and one of each version that takes declarations. */
const BESIDE: Scenario = {
  name: 'beside-nanomdm',
  about: 'Macs that are managed by NanoMDM',
  beginning: at('2026-10-01T16:00:00Z'),
  end: at('2026-10-12T00:00:00Z'),
  releases: [
    { version: '13.7.8', build: '22H730', released: '2025-08-20T18:03:00Z', sizeMb: 1_000 },
    { version: '27.0.1', build: '26A434', released: '2026-09-28T17:00:00Z', sizeMb: 3_000 },
  ],
  builds: { '13.6': '22G120', '14.6.1': '23G93', '15.6': '24G84', '26.6.2': '25G83', '27.0': '26A428' },
  items: {
    macos13: { name: 'macOS 13.7.8', os: '13', enforcement: byDeadline('13.7.8') },
    macos27: { name: 'macOS 27.0.1', os: '27', enforcement: byDeadline('27.0.1') },
  },
  groups: { commands: group('macos13', '13.7.8'), declarations: group('macos27', '27.0.1') },
  cast: [
    managed('commands', 'Mac14,7', 'J493AP', '13.6'),
    managed('declarations', 'Mac14,2', 'J413AP', '14.6.1'),
    managed('declarations', 'MacBookAir10,1', 'J313AP', '15.6', { awake: { from: '08:00', to: '18:00' } }),
    managed('declarations', 'Mac15,12', 'J613AP', '26.6.2', {
      user: { shortName: 'anna', longName: 'Anna', channel: 'local' },
    }),
    managed('declarations', 'Mac16,1', 'J604AP', '27.0', {
      failures: [{ action: 'Enforcement', status: 'DownloadInsufficientNetwork', times: 1 }],
    }),
  ],
};

const besideNanomdm = (binary: string): void => {
  const state = mkdtempSync(path.join(tmpdir(), 'beside-nanomdm-'));
  const stopping = new AbortController();
  let system: BesideNanomdm | undefined;
  let failed = true;

  afterAll(async () => {
    await system?.stop();
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  it(
    'Macs arrive at the version that is wanted, each with one install (X1)',
    async () => {
      const settings = { ...readSettings(['--fresh', '--exit-when-done']), stateDir: state };
      const own = { ...settings, port: 18_390, isPortFixed: false, scenario: 'macos-27' };
      system = await startBesideNanomdm(binary, own, stopping.signal);
      system.clock.jump(BESIDE.beginning);
      const said: string[] = [];
      const terminal = {
        ...{ isTty: false, columns: Infinity, paint: (text: string) => text },
        ...{ say: (line: string) => void said.push(line), show: () => undefined },
      };
      const code = await runDemo({ ...system, scenario: BESIDE }, own, terminal, stopping.signal);
      if (code !== 0) console.error(said.join('\n'));
      expect(code).toBe(0);
      const counted = countsOf(state);
      expect(counted.map(({ history }) => history.map(({ version }) => version))).toEqual(
        BESIDE.cast.map(({ group: of }) => BESIDE.groups[of]?.ends.installs),
      );
      expect(counted.flatMap(({ defects }) => defects)).toEqual([]);
      // It was NanoMDM that woke them.
      expect(system.pushes()).toBeGreaterThan(BESIDE.cast.length);
      failed = false;
    },
    10 * MINUTES,
  );
};

if (NANOMDM_BIN === undefined) {
  it.skip('beside NanoMDM: NANOMDM_BIN names no binary of it, so that no update was played through it', () =>
    undefined);
} else {
  describe('beside NanoMDM', () => besideNanomdm(NANOMDM_BIN));
}
