import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@managed-os/kernel/testing';
import { pushMagicOf } from './chance.js';
import type { Mac } from './fleet.js';
import { MacAgent } from './mac-agent.js';
import { Slots } from './slots.js';
import { DiskStore, type MacStore } from './store.js';
import { Desk, toDesk } from './testing/desk.js';
import { aMac, START } from './testing/one-mac.js';

class Killed extends Error {}

/** The process ends at the n-th save: just before it is on disk, or just after. */
class DeadlyStore implements MacStore {
  saves = 0;

  constructor(
    private readonly disk: DiskStore,
    private readonly killAt: number,
    private readonly when: 'before' | 'after',
  ) {}

  load = (serial: string): ReturnType<DiskStore['load']> => this.disk.load(serial);
  loadIdentity = (serial: string): undefined => void serial;
  saveIdentity = (): void => undefined;

  save(serial: string, state: Parameters<DiskStore['save']>[1]): void {
    this.saves += 1;
    if (this.saves === this.killAt && this.when === 'before') throw new Killed();
    this.disk.save(serial, state);
    if (this.saves === this.killAt) throw new Killed();
  }
}

const folders: string[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtual-mac-'));
  folders.push(folder);
});
afterEach(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true })));

/** Lives through `hours` with a push every half hour; a killed process is started again on the same disk. */
const live = async (mac: Mac, where: string, killAt: number, when: 'before' | 'after', hours = 3) => {
  const clock = new ManualClock(START);
  const desk = new Desk('12.5.1');
  const disk = new DiskStore(where);
  const store = new DeadlyStore(disk, killAt, when);
  let deaths = 0;
  const born = (): MacAgent =>
    new MacAgent(mac, {
      clock,
      store,
      door: { open: () => ({ put: async ({ to, body }) => toDesk(desk, to, body), close: () => undefined }) },
      slots: new Slots(1),
      enroll: undefined,
      log: () => undefined,
      changed: () => undefined,
      broken: () => undefined,
      signal: new AbortController().signal,
    });
  let agent = born();
  const survive = async (work: () => void): Promise<void> => {
    const before = store.saves;
    try {
      work();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    await agent.busy;
    if (before < killAt && store.saves >= killAt) {
      deaths += 1;
      agent = born();
      await survive(() => agent.wake());
    }
  };
  for (let minute = 0; minute < hours * 60; minute += 5) {
    await survive(() => agent.wake());
    if (minute % 30 === 15) await survive(() => agent.push(pushMagicOf(mac)));
    clock.advance(5 * 60_000);
  }
  return { state: agent.state, onDisk: disk.load(mac.serial), saves: store.saves, deaths, desk };
};

describe('a process that ends', () => {
  it.each(['before', 'after'] as const)(
    'just %s any state is on disk leaves a Mac that installs exactly once, and loses no result',
    async (when) => {
      const mac = aMac();
      const whole = await live(mac, join(folder, 'whole'), 0, when);
      expect(whole.state).toMatchObject({ osVersion: '12.5.1', installs: 1, escrowed: true, defectCount: 0 });
      expect(whole.saves).toBeGreaterThan(30);
      for (let killAt = 1; killAt <= whole.saves; killAt++) {
        const { state, onDisk, deaths, desk } = await live(mac, join(folder, String(killAt)), killAt, when);
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
});

describe('chance', () => {
  it('gives the same life twice from one seed, and another life to another Mac', async () => {
    const flaky = { osVersion: '12.4', downloadMegabitsPerSecond: 3 };
    const [first, second, other] = [
      await live(aMac(flaky), join(folder, '1'), 0, 'before'),
      await live(aMac(flaky), join(folder, '2'), 0, 'before'),
      await live(aMac({ ...flaky, serial: 'C02AAAA00002' }), join(folder, '3'), 0, 'before'),
    ];
    expect(second.state).toEqual(first.state);
    expect(other.state.history[0]?.at).not.toBe(first.state.history[0]?.at);
  });
});
