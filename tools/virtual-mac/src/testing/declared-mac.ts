import { addMillis, type Instant, toMillis } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { type Address, addressOf } from '../chance.js';
import { type Verdict, verdictsOf } from '../declarations/verdicts.js';
import type { Mac } from '../fleet.js';
import { MacAgent } from '../mac-agent.js';
import { parseFleet } from '../parse-fleet.js';
import { Slots } from '../slots.js';
import type { DefectKind, MacState } from '../state.js';
import type { MacStore } from '../store.js';
import { DeclarationsDesk, toDeclarationsDesk } from './declarations-desk.js';

export const SONOMA = '2024-07-31T06:00:00.000Z' as Instant;

export const SONOMA_RELEASES = [
  { version: '13.6.8', build: '22G820', released: '2024-07-29T17:00:00Z', sizeMb: 1200 },
  {
    version: '14.5',
    build: '23F79',
    released: '2024-05-13T17:00:00Z',
    sizeMb: 2400,
    withdrawn: '2024-09-30T00:00:00Z',
  },
  {
    version: '14.6',
    build: '23G80',
    released: '2024-07-29T17:00:00Z',
    sizeMb: 2500,
    withdrawn: '2024-09-30T00:00:00Z',
  },
  { version: '14.6.1', build: '23G93', released: '2024-08-07T17:00:00Z', sizeMb: 1300 },
  { version: '15.0', build: '24A335', released: '2024-09-16T17:00:00Z', sizeMb: 6000 },
  { version: '27.0', build: '26A428', released: '2026-09-14T17:00:00Z', sizeMb: 7000 },
  { version: '27.0.1', build: '26A434', released: '2026-09-28T17:00:00Z', sizeMb: 2000 },
];

const MAC = {
  serial: 'C02AAAA00001',
  name: 'lab-1',
  model: 'Mac14,2',
  softwareUpdateDeviceId: 'J413AP',
  architecture: 'apple_silicon',
  osVersion: '14.5',
  osBuild: '23F79',
};

export const aSonomaMac = (change: object = {}): Mac => {
  const { macs } = parseFleet({ seed: 'spec', releases: SONOMA_RELEASES, macs: [{ ...MAC, ...change }] });
  const [mac] = macs;
  if (!mac) throw new Error('no Mac');
  return mac;
};

/** One Mac that talks to a desk of declarations without a network; time passes when the spec says so. */
export class DeclaredMac {
  readonly clock: ManualClock;
  readonly log: string[] = [];
  private agent: MacAgent;
  private saved: MacState | undefined;

  constructor(
    readonly mac: Mac = aSonomaMac(),
    readonly desk = new DeclarationsDesk(),
    start: Instant = SONOMA,
  ) {
    this.clock = new ManualClock(start);
    this.agent = this.born();
  }

  private born(): MacAgent {
    const store: MacStore = {
      load: () => this.saved,
      save: (_, state) => void (this.saved = JSON.parse(JSON.stringify(state))),
      loadIdentity: () => undefined,
      saveIdentity: () => undefined,
    };
    return new MacAgent(this.mac, {
      clock: this.clock,
      store,
      door: {
        open: () => ({ put: async ({ to, body }) => toDeclarationsDesk(this.desk, to, body), close: () => undefined }),
      },
      slots: new Slots(1),
      enroll: undefined,
      log: (line) => this.log.push(line),
      changed: () => undefined,
      broken: (error) => {
        throw error;
      },
      signal: new AbortController().signal,
    });
  }

  /** The process ends and another one goes on with what is on disk. */
  async restart(): Promise<void> {
    this.agent = this.born();
    await this.settle();
  }

  get state(): MacState {
    return this.agent.state;
  }

  async settle(): Promise<void> {
    this.agent.wake();
    await this.agent.busy;
  }

  /** Lives through so many minutes: whatever falls due happens at its own time. */
  async pass(minutes: number): Promise<this> {
    return this.until(addMillis(this.clock.now(), Math.round(minutes * 60_000)));
  }

  async until(end: Instant): Promise<this> {
    await this.settle();
    for (let due = this.agent.dueAt(); due !== undefined && toMillis(due) <= toMillis(end); due = this.agent.dueAt()) {
      this.clock.moveTo(due);
      await this.settle();
    }
    this.clock.moveTo(end);
    await this.settle();
    return this;
  }

  /** Enrolled and its token escrowed. */
  async enrolled(): Promise<this> {
    return this.pass(2);
  }

  /** As its events have left it. */
  get present(): Mac {
    return this.agent.mac;
  }

  async push({ token, magic }: Address = addressOf(this.present)): Promise<this> {
    this.agent.push(token.toString('hex'), magic);
    await this.agent.busy;
    return this;
  }

  /** The server's set is announced with its tokens, and a push brings it. */
  async sync(): Promise<this> {
    this.desk.announce();
    return this.push();
  }

  get defects(): readonly DefectKind[] {
    return this.state.defects.map(({ kind }) => kind);
  }

  verdict(identifier: string): Omit<Verdict, 'declaration'> | undefined {
    const found = verdictsOf(this.present, this.state).find(({ declaration }) => declaration.identifier === identifier);
    return found && { active: found.active, valid: found.valid, reasons: found.reasons };
  }
}
