import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Instant } from '@managed-os/kernel';
import { readSettings, type Settings } from './config.js';
import { type Api, connectApi, type Device } from './demo/api.js';
import { ratesFor } from './demo/pace.js';
import { at, type CastMac, type Ending, type Scenario } from './demo/scenario.js';
import { configure, setUp, type SetUp } from './demo/set-up.js';
import { type Staging, staged } from './demo/staging.js';
import { eventually, real } from './infra/real-time.js';
import { readState, writeState } from './infra/state-file.js';
import { permissionsOf } from './supervisor/bus-permissions.js';
import { startSystem, type System } from './supervisor/system.js';
import { startBesideNanomdm } from './testing/beside-nanomdm.js';
import { countsOf } from './testing/run-scenario.js';

const { NANOMDM_BIN } = process.env;
const MINUTES = 60_000;
const { fast, slow } = ratesFor(1);
/** 10:00 in Berlin is 01:00 in Los Angeles, where these Macs are asleep from 20:00 to 07:00. */
const NOTIFY_FROM = at('2026-10-02T08:00:00Z');
const DEADLINE = at('2026-10-07T08:00:00Z');
const AFTER_COUNTDOWN = at('2026-10-07T08:50:00Z');
const BEFORE_WAKING = at('2026-10-07T13:50:00Z');
/** Macs that are woken too late restart an hour after they wake. */
const LONG_AWAKE = at('2026-10-07T18:00:00Z');

const byDeadline = (minimumVersion: string): object => ({
  ...{ mode: 'manual', minimumVersion, deadlineDate: '2026-10-07', time: '10:00' },
  clock: { zone: 'Europe/Berlin' },
});
const sleeper = (group: string, model: string, board: string, version: string): CastMac => ({
  ...{ group, model, board, version, zone: 'America/Los_Angeles' },
  traits: { awake: { from: '07:00', to: '20:00' }, downloadMegabitsPerSecond: 200 },
});
const group = (item: string, installed: string): Scenario['groups'][string] => {
  const ends: Ending = { goal: installed, installs: [installed] };
  return { blueprint: item, items: [item], ends };
};

/** Of each kind one Mac whose item is set to Do Not Manage, one whose item is taken off its Blueprint, and one that keeps it. */
const WAYS = ['unmanaged', 'unassigned', 'kept'] as const;
const SLEEPERS: Scenario = {
  name: 'removed-policy',
  about: 'policies that go while Macs sleep',
  beginning: at('2026-10-01T16:00:00Z'),
  end: LONG_AWAKE,
  releases: [
    { version: '13.7.8', build: '22H730', released: '2025-08-20T18:03:00Z', sizeMb: 1_000 },
    { version: '27.0.1', build: '26A434', released: '2026-09-28T17:00:00Z', sizeMb: 3_000 },
  ],
  builds: { '13.6': '22G120', '26.6.2': '25G83' },
  items: Object.fromEntries(
    WAYS.flatMap((way) => [
      [`legacy-${way}`, { name: `macOS 13, ${way}`, os: '13', enforcement: byDeadline('13.7.8') }],
      [`declared-${way}`, { name: `macOS 27, ${way}`, os: '27', enforcement: byDeadline('27.0.1') }],
    ]),
  ),
  groups: Object.fromEntries(
    WAYS.flatMap((way) => [
      [`legacy-${way}`, group(`legacy-${way}`, '13.7.8')],
      [`declared-${way}`, group(`declared-${way}`, '27.0.1')],
    ]),
  ),
  cast: WAYS.flatMap((way) => [
    sleeper(`legacy-${way}`, 'Mac14,2', 'J413AP', '13.6'),
    sleeper(`declared-${way}`, 'Mac15,12', 'J613AP', '26.6.2'),
  ]),
};

interface Memory {
  readonly declarative: { readonly declarations: Readonly<Record<string, unknown>> | readonly unknown[] } | null;
}

const removedPolicy = (start: (settings: Settings, stopping: AbortSignal) => Promise<System>): void => {
  const state = mkdtempSync(path.join(tmpdir(), 'removed-policy-'));
  const stopping = new AbortController();
  let system: System | undefined;
  let failed = true;

  afterAll(async () => {
    await system?.stop();
    if (!failed) rmSync(state, { recursive: true, force: true });
  });

  it(
    'a Mac that wakes after its policy was removed installs nothing',
    async () => {
      const settings = { ...readSettings(['--fresh', '--macs', '0']), stateDir: state };
      const own = { ...settings, port: 18_290, isPortFixed: false, scenario: 'macos-27' };
      system = await start(own, stopping.signal);
      const api = connectApi(system.address, system.token, stopping.signal);
      const staging = staged(SLEEPERS);
      system.clock.jump(SLEEPERS.beginning);
      const ids = await setUp(api, staging, () => undefined);
      await comeIn(system, staging);
      await everyMacIs(api, staging, ({ stage }) => stage === 'waiting');
      system.clock.run(fast, { at: NOTIFY_FROM, rate: fast / 4 });
      await everyMacIs(api, staging, ({ stage }) => stage === 'cached');

      system.clock.run(fast, { at: DEADLINE, rate: slow });
      await reached(system, AFTER_COUNTDOWN);
      await everyMacIs(api, staging, ({ overdue, stage }, { group: of }) =>
        of.startsWith('legacy') ? stage === 'installing' : overdue,
      );
      expect(countsOf(state).map(({ installs, enforced }) => [installs, enforced?.version])).toEqual(
        SLEEPERS.cast.map(({ group: of }) => [0, of.startsWith('declared') ? '27.0.1' : undefined]),
      );

      await remove(api, ids);
      await everyMacIs(api, staging, ({ status }, { group: of }) => of.endsWith('kept') || status === 'not_managed');
      system.clock.run(fast, { at: BEFORE_WAKING, rate: slow });
      await reached(system, LONG_AWAKE);
      await everyMacIs(api, staging, ({ status }, { group: of }) => !of.endsWith('kept') || status === 'compliant');
      system.clock.run(0);

      const counted = countsOf(state);
      const left = counted.filter(({ name }) => !name.includes('kept'));
      expect(
        left.map(({ name, installs, installing, enforced, defectCount }) => [
          name,
          installs,
          installing,
          enforced,
          defectCount,
        ]),
      ).toEqual(left.map(({ name }) => [name, 0, null, null, 0]));
      expect(left.map(({ answered }) => answered['ScheduleOSUpdate InstallASAP'] ?? 0)).toEqual([0, 0, 0, 0]);
      for (const { serial } of left) {
        const memory = readState<Memory>(path.join(state, 'fleet', 'macs', `${serial}.json`));
        expect(JSON.stringify(memory?.declarative ?? null)).not.toContain('enforcement.specific');
      }
      // What the others would have done.
      const kept = counted.filter(({ name }) => name.includes('kept'));
      expect(kept.map(({ version, installs }) => [version, installs])).toEqual([
        ['13.7.8', 1],
        ['27.0.1', 1],
      ]);
      failed = false;
    },
    10 * MINUTES,
  );

  const comeIn = async (to: System, { fleetFile }: Staging): Promise<void> => {
    const file = to.folder.file('fleet.json');
    writeState(file, fleetFile);
    to.clock.run(slow);
    await to.startFleet(file);
  };
};

/** The two ways to take a policy back. */
const remove = async (api: Api, { itemIds, blueprintIds }: SetUp): Promise<void> => {
  for (const [kind, os] of [
    ['legacy', '13'],
    ['declared', '27'],
  ] as const) {
    await configure(api, { id: itemIds.get(`${kind}-unmanaged`) ?? '', os }, { mode: 'do_not_manage' });
    const unassigned = `${kind}-unassigned`;
    await api.send('DELETE', `/api/blueprints/${blueprintIds.get(unassigned)}/items/${itemIds.get(unassigned)}`);
  }
};

const reached = async (system: System, instant: Instant): Promise<void> => {
  while (system.clock.now() < instant) await real.sleep(50);
};

const everyMacIs = async (
  api: Api,
  { macs }: Staging,
  wanted: (device: Device, mac: Staging['macs'][number]) => boolean,
): Promise<void> => {
  let last: readonly Device[] = [];
  const all = await eventually(async () => {
    last = (await api.ask<{ items: readonly Device[] }>('/api/devices?limit=100'))?.items ?? last;
    const isWanted = (mac: Staging['macs'][number]): boolean =>
      last.some((device) => device.id === mac.deviceId && wanted(device, mac));
    return macs.every(isWanted) ? true : undefined;
  }, 2 * MINUTES);
  if (!all) throw new Error(`the Macs do not get there: ${JSON.stringify(last, null, 1)}`);
};

describe('a policy that goes', () =>
  removedPolicy((settings, stopping) => startSystem(settings, permissionsOf, () => undefined, stopping)));

if (NANOMDM_BIN === undefined) {
  it.skip('a policy that goes, beside NanoMDM: NANOMDM_BIN names no binary of it', () => undefined);
} else {
  describe('a policy that goes, beside NanoMDM', () =>
    removedPolicy((settings, stopping) => startBesideNanomdm(NANOMDM_BIN, settings, stopping)));
}
