import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ENFORCEMENT, SUBSCRIPTIONS } from './declarations/schema.js';
import type { Mac } from './fleet.js';
import { type Life, live } from './testing/deadly-life.js';
import { DeclarationsDesk, toDeclarationsDesk } from './testing/declarations-desk.js';
import { aSonomaMac, SONOMA } from './testing/declared-mac.js';
import { Desk, toDesk } from './testing/desk.js';
import { aMac, START } from './testing/one-mac.js';

const folders: string[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtual-mac-'));
  folders.push(folder);
});
afterEach(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true })));

type When = 'before' | 'after';

/** Told by commands, in every conversation anew. */
const commanded = async (mac: Mac, name: string, killAt: number, when: When): Promise<Life & { desk: Desk }> => {
  const desk = new Desk('12.5.1');
  const put = ({ to, body }: { to: 'checkin' | 'connect'; body: string }) => toDesk(desk, to, body);
  return { ...(await live({ mac, folder: join(folder, name), start: START, hours: 3, killAt, when, put })), desk };
};

/** Told once, by a declaration that is due in an hour and a half. */
const declared = async (name: string, killAt: number, when: When): Promise<Life & { desk: DeclarationsDesk }> => {
  const desk = new DeclarationsDesk()
    .activate('enforce', ENFORCEMENT, { TargetOSVersion: '14.6', TargetLocalDateTime: '2024-07-31T07:30:00' })
    .activate('status', SUBSCRIPTIONS, { StatusItems: [{ Name: 'softwareupdate.install-state' }] })
    .announce();
  const put = ({ to, body }: { to: 'checkin' | 'connect'; body: string }) => toDeclarationsDesk(desk, to, body);
  const mac = aSonomaMac();
  return { ...(await live({ mac, folder: join(folder, name), start: SONOMA, hours: 3, killAt, when, put })), desk };
};

describe('a process that ends', () => {
  it.each(['before', 'after'] as const)(
    'just %s any state is on disk leaves a Mac that installs exactly once, and loses no result',
    async (when) => {
      const mac = aMac();
      const whole = await commanded(mac, 'whole', 0, when);
      expect(whole.state).toMatchObject({ osVersion: '12.5.1', installs: 1, escrowed: true, defectCount: 0 });
      expect(whole.saves).toBeGreaterThan(30);
      for (let killAt = 1; killAt <= whole.saves; killAt++) {
        const { state, onDisk, deaths, desk } = await commanded(mac, String(killAt), killAt, when);
        expect({ killAt, deaths }).toEqual({ killAt, deaths: 1 });
        expect(state).toMatchObject({ osVersion: '12.5.1', installs: 1, defectCount: 0, unsent: null });
        expect(state.history).toHaveLength(1);
        expect(onDisk).toEqual(state);
        // What the server may not have heard is said again, word for word, under the same CommandUUID.
        for (const results of desk.results.values()) {
          expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
        }
      }
    },
    120_000,
  );

  it.each(['before', 'after'] as const)(
    'just %s any state is on disk leaves a Mac that obeys its declarations, and the server knows all of it',
    async (when) => {
      const whole = await declared('whole', 0, when);
      expect(whole.state).toMatchObject({ osVersion: '14.6', installs: 1, defectCount: 0 });
      const last = statesIn(whole.desk);
      expect([...new Set(last)]).toEqual(['waiting', 'downloading', 'prepared', 'installing', 'none']);
      for (let killAt = 1; killAt <= whole.saves; killAt++) {
        const { state, onDisk, deaths, desk } = await declared(String(killAt), killAt, when);
        expect({ killAt, deaths }).toEqual({ killAt, deaths: 1 });
        expect(state).toMatchObject({
          osVersion: '14.6',
          installs: 1,
          defectCount: 0,
          history: [{ by: 'declaration' }],
        });
        expect(onDisk).toEqual(state);
        // A report that was on its way comes twice; none is lost.
        expect([...new Set(statesIn(desk))]).toEqual([...new Set(last)]);
      }
    },
    120_000,
  );
});

const statesIn = ({ reports }: DeclarationsDesk): readonly string[] =>
  reports.flatMap((report) => /"install-state":"(\w+)"/.exec(JSON.stringify(report))?.[1] ?? []);

describe('chance', () => {
  it('gives the same life twice from one seed, and another life to another Mac', async () => {
    const flaky = { osVersion: '12.4', downloadMegabitsPerSecond: 3 };
    const [first, second, other] = [
      await commanded(aMac(flaky), '1', 0, 'before'),
      await commanded(aMac(flaky), '2', 0, 'before'),
      await commanded(aMac({ ...flaky, serial: 'C02AAAA00002' }), '3', 0, 'before'),
    ];
    expect(second.state).toEqual(first.state);
    expect(other.state.history[0]?.at).not.toBe(first.state.history[0]?.at);
  });
});
