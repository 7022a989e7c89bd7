import type { Instant } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { addressOf } from '../chance.js';
import type { Reply } from '../delivery.js';
import type { Message } from '../door.js';
import type { Mac } from '../fleet.js';
import { MacAgent } from '../mac-agent.js';
import { Slots } from '../slots.js';
import type { MacState } from '../state.js';
import { DiskStore, type MacStore } from '../store.js';

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

export interface Life {
  readonly state: MacState;
  readonly onDisk: MacState | undefined;
  readonly saves: number;
  readonly deaths: number;
}

/** Lives through `hours` with a push every half hour; a process that ends at `killAt` is started again on the same disk. */
export const live = async ({
  mac,
  folder,
  start,
  hours,
  killAt,
  when,
  put,
}: {
  readonly mac: Mac;
  readonly folder: string;
  readonly start: Instant;
  readonly hours: number;
  /** 0: never. */
  readonly killAt: number;
  readonly when: 'before' | 'after';
  readonly put: (message: Message) => Reply;
}): Promise<Life> => {
  const clock = new ManualClock(start);
  const disk = new DiskStore(folder);
  const store = new DeadlyStore(disk, killAt, when);
  let deaths = 0;
  const born = (): MacAgent =>
    new MacAgent(mac, {
      clock,
      store,
      door: { open: () => ({ put: async (message) => put(message), close: () => undefined }) },
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
    if (minute % 30 === 15) await survive(() => agent.push(addressOf(mac).token.toString('hex'), addressOf(mac).magic));
    clock.advance(5 * 60_000);
  }
  return { state: agent.state, onDisk: disk.load(mac.serial), saves: store.saves, deaths };
};
