import { describe, expect, it } from '@jest/globals';
import { plan } from './plan.js';
import type { DeviceFacts, PlanInput } from './plan-input.js';
import { automatically, byPolicy, catalogue, input, mac, release } from './testing/index.js';

const verdict = (change: Partial<PlanInput>): string => {
  const { status, reason } = plan(input(change));
  return reason ? `${status} / ${reason}` : status;
};
const to12 = { os: '12', enforcement: automatically() };

describe('the order of the checks (section 6)', () => {
  const elsewhere = [release('12.2', '2022-01-26', { supportedDevices: ['J132AP'] })];
  it.each<[string, Partial<PlanInput>, string]>([
    [
      'S58 Do Not Manage comes first',
      { device: {}, item: { os: '12', enforcement: { mode: 'do_not_manage' } } },
      'not_managed',
    ],
    ['a Mac without version is unknown', { device: mac({ osVersion: null }) }, 'unknown / inventory_missing'],
    [
      'a version that does not parse is unknown',
      { device: mac({ osVersion: 'twelve' }) },
      'unknown / inventory_missing',
    ],
    ['S44 Q20 a later major is above what is required', { device: mac({ osVersion: '13.0' }) }, 'above_required'],
    ['S44 it is above even without architecture', { device: { osVersion: '13.0' } }, 'above_required'],
    ['S41 Q1 a Mac at the floor is left alone', { device: mac({ osVersion: '12.2' }) }, 'compliant'],
    ['S44 Q1 a Mac above the floor is left alone', { device: mac({ osVersion: '12.3' }) }, 'compliant'],
    ['S41 also without architecture', { device: { osVersion: '12.2' } }, 'compliant'],
    ['nothing is owed where nothing was released', { releases: [] }, 'compliant'],
    ['architecture unknown', { device: mac({ architecture: null }) }, 'unknown / inventory_missing'],
    ['an architecture of another world', { device: mac({ architecture: 'ppc' }) }, 'unknown / inventory_missing'],
    [
      'S7 automatic, no release of this major for its hardware',
      { device: mac({ osVersion: '11.6' }), releases: elsewhere },
      'incompatible / hardware_unsupported',
    ],
    ['the same on the major itself owes nothing', { releases: elsewhere }, 'compliant'],
    [
      'the same without architecture',
      { device: mac({ osVersion: '11.6', architecture: null }), releases: elsewhere },
      'unknown / inventory_missing',
    ],
    [
      'S7 manual, too high for its hardware',
      { item: { os: '12', enforcement: byPolicy('12.2') }, releases: elsewhere },
      'incompatible / hardware_unsupported',
    ],
    [
      'a manual floor below the Mac is met',
      { item: { os: '12', enforcement: byPolicy('12.0.1') }, releases: elsewhere },
      'compliant',
    ],
    [
      'hardware comes before the rows',
      { device: mac({ osVersion: '11.3' }), releases: elsewhere },
      'incompatible / hardware_unsupported',
    ],
    [
      'S27 S28 Apple silicon before 11.4',
      { device: mac({ osVersion: '11.3.1' }) },
      'incompatible / bootstrap_token_updates_broken',
    ],
    [
      'no intermediate release goes before not enrolled',
      { device: mac({ osVersion: '11.4', mdmEnrolled: false }) },
      'blocked / no_intermediate_release',
    ],
  ])('%s', (_, change, expected) => expect(verdict(change)).toBe(expected));
});

describe('the release sequence of one Mac', () => {
  const owed = (releases: PlanInput['releases'], device: DeviceFacts = mac()) =>
    plan(input({ releases, device, item: to12 }));

  it.each(['supplemental', 'rsr', 'bsi'])('S45 Q21 a %s build is not a newer release', (kind) =>
    expect(owed([release('12.2', '2022-01-26', { kind })])).toMatchObject({ status: 'compliant' }),
  );
  it('a Mac whose device id is unknown can get every release', () =>
    expect(
      owed([release('12.2', '2022-01-26', { supportedDevices: ['J132AP'] })], mac({ softwareUpdateDeviceId: null })),
    ).toMatchObject({ status: 'due' }));
  it('device ids compare exactly', () =>
    expect(owed([release('12.2', '2022-01-26', { supportedDevices: ['j314sap'] })])).toMatchObject({
      status: 'compliant',
    }));
  it('keeps the greatest build and the earliest date of a version (S61)', () => {
    const two = [
      release('12.2', '2022-02-01', { build: '21D100' }),
      release('12.2.0', '2022-01-26', { build: '21D49' }),
    ];
    expect(owed(two)).toMatchObject({
      target: { version: '12.2', build: '21D100' },
      openObligations: 1,
      obligation: { deadline: '2022-02-09T19:00:00Z' },
    });
  });
  it('12.10 is above 12.9', () =>
    expect(owed([release('12.10', '2022-03-01'), release('12.9', '2022-02-01')])).toMatchObject({
      target: { version: '12.10' },
      openObligations: 2,
    }));
});

describe('steps and targets', () => {
  it('S40 Q19 the newest installer is used, whatever minimum was typed', () =>
    expect(
      plan(
        input({
          device: { architecture: 'x86_64', osVersion: '10.15.7' },
          item: { os: '11', enforcement: byPolicy('11.4') },
          releases: catalogue,
        }),
      ),
    ).toMatchObject({
      obligation: { version: '11.4' },
      steps: [{ mechanism: 'startosinstall', version: '11.7.10', preCache: true }],
    }));
  it('an installer older than the floor leaves a second, minor step', () => {
    const releases = [release('12.2', '2022-01-26'), release('12.3', '2022-03-14', { installer: false })];
    expect(plan(input({ device: { architecture: 'x86_64', osVersion: '11.6' }, releases })).steps).toEqual([
      { mechanism: 'startosinstall', version: '12.2', preCache: true },
      { mechanism: 'mdm_download_install', version: '12.3', preCache: true },
    ]);
  });
  it('S38 Q17 a combo package of the same major; none known: the newest release, with a warning', () => {
    const device = { architecture: 'x86_64', osVersion: '10.15.1' };
    const item = { os: '10.15', enforcement: automatically() };
    const [older, newer] = [
      release('10.15.4', '2020-03-24'),
      release('10.15.7', '2020-09-24', { comboPackage: false }),
    ];
    expect(plan(input({ device, item, releases: [older, newer] }))).toMatchObject({
      warnings: ['no_installer_in_catalogue'],
      target: { version: '10.15.7' },
      steps: [{ version: '10.15.4' }, { version: '10.15.7' }],
    });
    expect(plan(input({ device, item, releases: [newer] }))).toMatchObject({
      warnings: ['no_installer_in_catalogue'],
      steps: [{ mechanism: 'combo_package', version: '10.15.7' }],
    });
  });
  it('Q3 row 11 goes by the newest 11.x of this Mac', () =>
    expect(plan(input({ device: mac({ osVersion: '11.4' }), item: to12, releases: catalogue }))).toMatchObject({
      status: 'due',
      target: { version: '12.7.6' },
    }));
  it('row 11 without an 11.5 or later is blocked and names where it would lead', () =>
    expect(
      plan(
        input({ device: mac({ osVersion: '11.4' }), releases: [release('11.4', '2021-05-24'), ...input().releases] }),
      ),
    ).toMatchObject({
      reason: 'no_intermediate_release',
      target: { version: '12.2', build: '21D49' },
      steps: [],
    }));
  it('a step that lands where nothing can be done is the last one; the plan stays due', () =>
    expect(
      plan(
        input({
          device: { architecture: 'x86_64', osVersion: '10.15.7' },
          item: { os: '11', enforcement: automatically() },
          releases: [release('11.1', '2020-12-14'), release('11.2', '2021-02-01', { installer: false })],
        }),
      ),
    ).toMatchObject({
      status: 'due',
      steps: [{ version: '11.1' }],
    }));
  it('a floor that the catalogue does not know is trusted, with a warning', () =>
    expect(plan(input({ item: { os: '12', enforcement: byPolicy('12.5.1') } }))).toMatchObject({
      status: 'due',
      target: { version: '12.5.1', build: null },
      warnings: ['target_not_in_catalogue'],
    }));
});

describe('obligations and deadlines', () => {
  it('S1 S60 S64 the policy names version and date', () =>
    expect(plan(input({ item: { os: '12', enforcement: byPolicy('12.2') } })).obligation).toEqual({
      version: '12.2',
      openedBy: 'policy',
      deadline: '2022-09-16T18:00:00Z',
      notifyFrom: '2022-09-11T18:00:00Z',
      deadlineLocal: '2022-09-16T14:00:00',
      zone: 'America/New_York',
    }));
  it('S2 S59 S61 Q29 the latest version: Apple’s date, a civil date in the zone, plus the window', () =>
    expect(plan(input()).obligation).toEqual({
      version: '12.2',
      openedBy: '12.2',
      deadline: '2022-02-09T19:00:00Z',
      notifyFrom: '2022-02-04T19:00:00Z',
      deadlineLocal: '2022-02-09T14:00:00',
      zone: 'America/New_York',
    }));
  it('Q28 the earliest open obligation makes the deadline; the newest release is installed', () =>
    expect(plan(input({ releases: catalogue }))).toMatchObject({
      obligation: { version: '12.2' },
      target: { version: '12.7.6' },
      openObligations: 3,
    }));
  it.each([
    ['P1D', '2022-02-01'],
    ['P2D', '2022-02-02'],
    ['P1W', '2022-02-07'],
    ['P2W', '2022-02-14'],
    ['P3W', '2022-02-21'],
    ['P1M', '2022-02-28'],
    ['P2M', '2022-03-31'],
    ['P3M', '2022-04-30'],
  ] as const)('Q27 %s after 31 January is %s', (window, date) =>
    expect(
      plan(
        input({
          releases: [release('12.2', '2022-01-31')],
          item: { os: '12', enforcement: automatically({ window }) },
        }),
      ).obligation?.deadlineLocal,
    ).toBe(`${date}T14:00:00`),
  );
  it.each([
    ['2022-02-04T18:59:59.999Z', 'waiting'],
    ['2022-02-04T19:00:00Z', 'prompting'],
    ['2022-02-09T18:59:59Z', 'prompting'],
    ['2022-02-09T19:00:00Z', 'enforcing'],
  ])('S48 S65 at %s the phase is %s', (now, phase) => expect(plan(input({ now })).phase).toBe(phase));
  it.each([
    ['09:30', 'Asia/Tokyo', '2022-02-09T00:30:00Z'],
    ['14:00', 'Europe/Paris', '2022-02-09T13:00:00Z'],
  ])('Q31 S67 S68 automatic enforcement too has a time and a zone: %s in %s', (time, zone, deadline) =>
    expect(
      plan(input({ item: { os: '12', enforcement: automatically({ time, clock: { zone } }) } })).obligation,
    ).toMatchObject({ deadline, zone }),
  );
  it('X9 a device-local clock is the Mac’s own', () =>
    expect(
      plan(
        input({
          device: mac({ timeZone: 'Asia/Tokyo' }),
          item: { os: '12', enforcement: automatically({ clock: { deviceLocal: true } }) },
        }),
      ),
    ).toMatchObject({
      obligation: { deadline: '2022-02-09T05:00:00Z', deadlineLocal: '2022-02-09T14:00:00', zone: 'Asia/Tokyo' },
      warnings: [],
    }));
  it('X9 a device-local clock of an unknown zone is reckoned in UTC and says so', () =>
    expect(
      plan(input({ item: { os: '12', enforcement: byPolicy('12.9', { clock: { deviceLocal: true } }) } })),
    ).toMatchObject({
      obligation: { zone: 'UTC' },
      warnings: ['device_zone_unknown', 'target_not_in_catalogue'],
    }));
  it('S69 the Mac’s own zone does not move a deadline of a fixed zone', () =>
    expect(plan(input({ device: mac({ timeZone: 'Asia/Tokyo' }) })).obligation).toEqual(plan(input()).obligation));
});
