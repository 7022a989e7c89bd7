import { describe, expect, it } from '@jest/globals';
import { ENFORCEMENT, SUBSCRIPTIONS } from '../declarations/schema.js';
import type { JsonDict } from '../json.js';
import { aSonomaMac, DeclaredMac } from '../testing/declared-mac.js';

const TARGET = { TargetOSVersion: '14.6', TargetLocalDateTime: '2024-09-30T18:00:00' };
const DAY = 24 * 60;

const enrolled = (change: object = {}): Promise<DeclaredMac> => new DeclaredMac(aSonomaMac(change)).enrolled();
const subscribe = (one: DeclaredMac, ...names: readonly string[]): DeclaredMac => {
  one.desk.activate('status', SUBSCRIPTIONS, { StatusItems: names.map((Name) => ({ Name })) });
  return one;
};
/** What came since the last look. */
const reports = (one: DeclaredMac): readonly JsonDict[] => one.desk.reports.splice(0);

describe('the first report', () => {
  it('tells capabilities, declarations and what the Mac is, though nobody subscribed', async () => {
    const one = await enrolled();
    await one.sync();
    expect(reports(one)).toEqual([
      {
        StatusItems: {
          management: {
            declarations: { activations: [], configurations: [], assets: [], management: [] },
            'client-capabilities': {
              'supported-versions': ['1.0.0'],
              'supported-features': {},
              'supported-payloads': { declarations: expect.anything(), 'status-items': expect.anything() },
            },
          },
          device: {
            identifier: { 'serial-number': 'C02AAAA00001', udid: one.mac.udid },
            model: {
              family: 'Mac',
              identifier: 'Mac14,2',
              'marketing-name': 'Mac',
              number: expect.stringMatching(/^Z\d+LL\/A$/),
            },
            'operating-system': {
              family: 'macOS',
              version: '14.5',
              'build-version': '23F79',
              'marketing-name': 'macOS Sonoma 14.5',
              supplemental: { 'build-version': '23F79' },
            },
            power: { 'battery-health': 'unsupported' },
          },
        },
        Errors: [],
        FullReport: false,
      },
    ]);
  });

  it.each([
    ['13.6', '22G120', {}, [], ['softwareupdate.install-state', 'softwareupdate.device-id', 'mdm.push-token']],
    ['14.5', '23F79', {}, ['softwareupdate.install-state'], ['softwareupdate.device-id', 'mdm.push-token']],
    ['14.5', '23F79', { supervised: false }, ['device.model.family'], ['softwareupdate.install-state']],
    ['15.0', '24A335', {}, ['softwareupdate.device-id', 'softwareupdate.beta-enrollment'], ['mdm.push-token']],
    ['27.0', '26A428', {}, ['softwareupdate.device-id', 'mdm.push-token', 'mdm.push-magic'], []],
  ])(
    'on %s (%s) %j advertises the items of that version and enrollment',
    async (osVersion, osBuild, change, yes, no) => {
      const one = await enrolled({ osVersion, osBuild, ...change });
      await one.sync();
      const text = JSON.stringify(reports(one)[0]);
      for (const name of yes) expect(text).toContain(`"${name}"`);
      for (const name of no) expect(text).not.toContain(`"${name}"`);
      expect(text.includes(ENFORCEMENT)).toBe(osVersion !== '13.6' && !('supervised' in change));
      expect(text.includes('"FullReport"')).toBe(osVersion !== '13.6');
    },
  );
});

describe('subscriptions', () => {
  it('are told at once, and after that only what changed', async () => {
    const one = await enrolled();
    subscribe(one, 'softwareupdate.install-state', 'softwareupdate.failure-reason', 'device.operating-system.version');
    await one.sync();
    expect(reports(one)).toMatchObject([
      {
        StatusItems: {
          softwareupdate: { 'install-state': 'none', 'failure-reason': { count: 0 } },
          device: { 'operating-system': { version: '14.5' } },
        },
      },
    ]);
    one.desk.offer('other', SUBSCRIPTIONS, { StatusItems: [] });
    await one.sync();
    const [next, ...others] = reports(one);
    expect(others).toEqual([]);
    expect(next).toMatchObject({ StatusItems: { management: { declarations: { configurations: [{}, {}] } } } });
    expect(Object.keys((next?.['StatusItems'] ?? {}) as object)).toEqual(['management']);
  });

  it('of what this Mac does not have are errors, once', async () => {
    const one = await enrolled();
    subscribe(one, 'softwareupdate.device-id', 'shoe.size', 'device.model.family');
    await one.sync();
    const errors = [{ StatusItem: 'softwareupdate.device-id' }, { StatusItem: 'shoe.size' }];
    expect(reports(one)).toMatchObject([{ Errors: errors.map((error) => ({ ...error, Reasons: [{}] })) }]);
    one.desk.offer('other', SUBSCRIPTIONS, { StatusItems: [] });
    await one.sync();
    expect(reports(one)).toMatchObject([{ Errors: [] }]);
  });

  it('that no activation refers to tell nothing', async () => {
    const one = await enrolled();
    one.desk.offer('status', SUBSCRIPTIONS, { StatusItems: [{ Name: 'softwareupdate.install-state' }] });
    await one.sync();
    const text = JSON.stringify(reports(one).at(-1)?.['StatusItems']);
    expect(text).toContain('Info.NotReferencedByActivation');
    expect(text).not.toContain('"install-state"');
  });

  it('that ended and begin again are told again', async () => {
    const one = await enrolled();
    subscribe(one, 'device.operating-system.version');
    await one.sync();
    one.desk.withdraw('status');
    await one.sync();
    reports(one);
    subscribe(one, 'device.operating-system.version');
    await one.sync();
    expect(reports(one)).toMatchObject([{ StatusItems: { device: { 'operating-system': { version: '14.5' } } } }]);
  });
});

describe('a report of everything', () => {
  it('comes about once a day from macOS 14 on, and says so', async () => {
    const one = await enrolled();
    subscribe(one, 'softwareupdate.install-state');
    await one.sync();
    reports(one);
    await one.pass(3 * DAY);
    const all = reports(one);
    expect(all.length).toBeGreaterThanOrEqual(2);
    expect(all.length).toBeLessThanOrEqual(3);
    for (const report of all) {
      expect(report).toMatchObject({
        FullReport: true,
        StatusItems: {
          softwareupdate: { 'install-state': 'none' },
          device: { 'operating-system': { version: '14.5' } },
          management: { declarations: { configurations: [{}] }, 'client-capabilities': {} },
        },
      });
    }
  });

  it('never comes from macOS 13', async () => {
    const one = await enrolled({ osVersion: '13.6', osBuild: '22G120' });
    await one.sync();
    reports(one);
    await one.pass(3 * DAY);
    expect(reports(one)).toEqual([]);
  });
});

describe('a report the server does not take', () => {
  it.each([400, 404, 500, 503])('because of %d comes again word for word, until it does', async (status) => {
    const one = await enrolled();
    let troubles = 2;
    one.desk.instead.set('status', () => (troubles-- > 0 ? { status } : undefined));
    await one.sync();
    subscribe(one, 'device.operating-system.version');
    await one.sync();
    await one.pass(5);
    const [first, second, third, last, ...others] = reports(one).map((report) => JSON.stringify(report));
    expect([second, third]).toEqual([first, first]);
    expect(last).toContain('"version":"14.5"');
    expect(others).toEqual([]);
  });

  it('is the same after the process ended', async () => {
    const one = await enrolled();
    one.desk.instead.set('status', () => ({ status: 500 }));
    await one.sync();
    one.desk.instead.clear();
    await one.restart();
    await one.pass(1);
    const [first, second, ...others] = reports(one).map((report) => JSON.stringify(report));
    expect(second).toBe(first);
    expect(others).toEqual([]);
  });
});

describe('a declaration that was not advertised', () => {
  it.each([
    ['on an unsupervised Mac (trap 29)', { supervised: false }],
    ['on macOS 13', { osVersion: '13.6', osBuild: '22G120' }],
  ])('%s is a defect of a server that was told', async (_, change) => {
    const one = await enrolled(change);
    one.desk.activate('enforce', ENFORCEMENT, TARGET);
    await one.sync();
    expect(one.state.defects).toEqual([]);
    one.desk.activate('enforce', ENFORCEMENT, { ...TARGET, TargetOSVersion: '14.6.1' });
    await one.sync();
    expect(one.defects).toEqual(['unadvertised-declaration']);
  });
});
