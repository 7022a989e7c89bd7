import type { Clock, Instant } from '@managed-os/kernel';
import { type Address, addressOf, userAddressOf } from './chance.js';
import { type Contact, contactAt, dueAfter, failuresIn } from './contact.js';
import { notDelivered, replied, type Reply } from './delivery.js';
import type { Conversation, Door } from './door.js';
import type { Mac } from './fleet.js';
import { advance } from './life.js';
import { lifeOf } from './lives.js';
import { messageFor, resolved } from './messages.js';
import { notable } from './notable.js';
import type { Slots } from './slots.js';
import { type MacState, newState, withDefect } from './state.js';
import type { Identity, MacStore } from './store.js';

export interface Surroundings {
  readonly clock: Clock;
  readonly store: MacStore;
  readonly door: Door;
  readonly slots: Slots;
  /** Gets the Mac its certificate when it has none yet; `undefined` for a server that asks for none. */
  readonly enroll: ((mac: Mac) => Promise<Identity>) | undefined;
  readonly log: (line: string) => void;
  /** The Mac changed, or rests until what `dueAt` says. */
  readonly changed: (agent: MacAgent) => void;
  /** It cannot go on, for instance because the disk is full. */
  readonly broken: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export type PushOutcome = 'delivered' | 'unregistered' | 'wrong-magic';

const RETRY_REAL = { first: 50, longest: 5_000 };

/** A Mac's thin client: it lets time pass over the state, and carries what the state wants said to the server. */
export class MacAgent {
  private current: MacState;
  private running: Promise<void> | undefined;
  private again = false;
  private identity: Identity | undefined;
  /** As its events have left it. */
  private present: Mac;

  constructor(
    private readonly first: Mac,
    private readonly around: Surroundings,
  ) {
    this.current = around.store.load(first.serial) ?? newState(first);
    this.present = lifeOf(first, this.current.life);
    this.identity = around.store.loadIdentity(this.identityName);
  }

  get mac(): Mac {
    return this.present;
  }

  /** Of a new life there is no certificate yet. */
  private get identityName(): string {
    const { serial, life } = this.present;
    return life === 0 ? serial : `${serial}.${life}`;
  }

  get state(): MacState {
    return this.current;
  }

  /** The work in hand, if any. */
  get busy(): Promise<void> | undefined {
    return this.running;
  }

  /** When it next does something by itself. */
  dueAt(): Instant | undefined {
    return dueAfter(this.mac, this.current, this.around.clock.now());
  }

  /** Does what is due now; while it is at it, another call makes it look once more. */
  wake(): void {
    this.again = true;
    if (this.running !== undefined || this.around.signal.aborted) return;
    this.running = this.work()
      .catch(this.around.broken)
      .finally(() => {
        this.running = undefined;
        this.around.changed(this);
      });
  }

  /** A push reaches it now, or when it wakes: the last one is kept. `token` says whether it is for the Mac or its user. */
  push(token: string, magic: string): PushOutcome {
    const { enrollment, user } = this.current;
    const isFor = ({ token: mine }: Address): boolean => mine.toString('hex') === token;
    if (enrollment === 'none' || enrollment === 'dropped') return 'unregistered';
    if (isFor(addressOf(this.present))) {
      return this.pushed(addressOf(this.present).magic, magic, {
        ...this.current,
        wantsToConnect: true,
        retryAt: null,
      });
    }
    if (!isFor(userAddressOf(this.present)) || user?.stage !== 'enrolled') return 'unregistered';
    const next = { ...this.current, user: { ...user, wantsToConnect: true, retryAt: null } };
    return this.pushed(userAddressOf(this.present).magic, magic, next);
  }

  private pushed(expected: string, magic: string, next: MacState): PushOutcome {
    if (magic !== expected) {
      this.become(
        withDefect(this.current, this.around.clock.now(), 'wrong-push-magic', 'a push with another PushMagic'),
      );
      return 'wrong-magic';
    }
    this.become({ ...next, pushes: next.pushes + 1 });
    this.wake();
    return 'delivered';
  }

  private async work(): Promise<void> {
    while (this.again && !this.around.signal.aborted) {
      this.again = false;
      if (this.nextContact() === undefined) continue;
      const leave = await this.around.slots.take();
      await this.converse().finally(leave);
      // A real pause as well: at a high rate of the clock, simulated seconds alone would hammer a server that is down.
      if (failuresIn(this.current) > 0) await this.pause(failuresIn(this.current));
    }
  }

  private pause(failures: number): Promise<void> {
    const millis = Math.min(RETRY_REAL.first * 2 ** Math.min(failures, 10), RETRY_REAL.longest);
    return this.around.clock.real.sleep(millis, this.around.signal);
  }

  /** Lets time pass, and says what there is to say. */
  private nextContact(isTalking = false): Contact | undefined {
    const now = this.around.clock.now();
    this.become(advance(this.mac, this.current, now));
    return contactAt(this.mac, this.current, now, isTalking);
  }

  private async converse(): Promise<void> {
    let line: Conversation | undefined;
    let { life } = this.present;
    try {
      for (let contact = this.nextContact(); contact !== undefined; contact = this.nextContact(true)) {
        if (this.around.signal.aborted) return;
        if (life !== this.present.life) {
          line?.close();
          [line, life] = [undefined, this.present.life];
        }
        line ??= await this.open();
        this.become(resolved(this.present, this.current, contact, this.around.clock.now()));
        const message = messageFor(this.present, this.current, contact);
        const reply = line && (await line.put(message).catch((error: unknown) => this.unreachable(error)));
        if (this.around.signal.aborted) return;
        this.hear(contact, reply);
      }
    } finally {
      line?.close();
    }
  }

  /** Time passed while the server thought: a Mac that began its restart hears nothing and says the same again later, one that was wiped never asked. */
  private hear(contact: Contact, reply: Reply | undefined): void {
    const now = this.around.clock.now();
    const { restarts, life } = this.current;
    this.become(advance(this.present, this.current, now));
    const isDeaf = this.current.install?.stage === 'restarting' || this.current.restarts > restarts;
    if (isDeaf || this.current.life > life) return;
    this.become(
      reply
        ? replied(this.present, this.current, contact, reply, now)
        : notDelivered(this.present, this.current, contact, now),
    );
  }

  private async open(): Promise<Conversation | undefined> {
    try {
      if (this.identity === undefined && this.around.enroll) {
        this.identity = await this.around.enroll(this.present);
        this.around.store.saveIdentity(this.identityName, this.identity);
      }
      return this.around.door.open(this.identity);
    } catch (error) {
      return this.unreachable(error);
    }
  }

  private unreachable(error: unknown): undefined {
    if (this.around.signal.aborted || failuresIn(this.current) > 0) return undefined;
    this.around.log(`${this.mac.name}: does not reach its server: ${error instanceof Error ? error.message : 'error'}`);
  }

  /** On disk before anybody can see it: the end of the process at any point loses nothing that was said or heard. */
  private become(next: MacState): void {
    if (next === this.current) return;
    try {
      this.around.store.save(this.first.serial, next);
    } catch (error) {
      this.around.broken(error);
      throw error;
    }
    const lines = notable(this.current, next);
    this.current = next;
    if (next.life !== this.present.life) {
      this.present = lifeOf(this.first, next.life);
      this.identity = this.around.store.loadIdentity(this.identityName);
    }
    for (const line of lines) this.around.log(`${this.mac.name}: ${line}`);
    this.around.changed(this);
  }
}
