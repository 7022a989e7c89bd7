import { type Clock, type Instant, reactionId, toMillis } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import type { Delivery } from '../commands/delivery.js';
import { type CommandQueue, own } from '../commands/queue.js';
import type { Enrollment } from '../tables.js';
import type { HandedOver, Pending } from './handed-over.js';
import type { NanomdmApi } from './nanomdm-api.js';

/** What NanoMDM said of a connection of a Mac. */
export interface Connection {
  /** When it was, by NanoMDM's clock. */
  readonly at: Instant;
  /** The Mac carried out a command in it. One that only reports for duty may be in Power Nap, and put off all that it is sent. */
  readonly awake: boolean;
}

/** An install is handed over this long at most after the Mac spoke: then it is fetched at once, and not when nobody owes it. */
const RECENT = 60_000;

/**
 * Hands commands to NanoMDM when their Mac has spoken. NanoMDM sends them when it likes and gives none back: what lies
 * there is not looked at again. So nothing is put there for a Mac that is not there.
 */
export class HandOver {
  private readonly inTurn = new Map<string, Promise<void>>();

  constructor(
    private readonly handedOver: HandedOver,
    private readonly delivery: Delivery,
    private readonly queue: CommandQueue,
    private readonly nanomdm: NanomdmApi,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /**
   * Hands over what is due, in order, and wakes the Mac for it. What fails is left for its next connection. NanoMDM tells of
   * several connections at once: of one Mac they are taken in turn, so that it is not asked again for what it was handed.
   */
  to(mac: Enrollment, connection: Connection): Promise<void> {
    const id = mac.device_id;
    const before = this.inTurn.get(id) ?? Promise.resolve();
    const turn = before
      .catch(() => undefined)
      .then(() => this.handOver(mac, connection))
      .finally(() => this.inTurn.get(id) === turn && this.inTurn.delete(id));
    this.inTurn.set(id, turn);
    return turn;
  }

  private async handOver(mac: Enrollment, connection: Connection): Promise<void> {
    const now = this.clock.now();
    const pending = await this.handedOver.pending(mac.device_id, now);
    const installs = pending.filter(({ queued }) => queued.kind === 'install');
    const others = pending.filter((one) => !installs.includes(one));
    const handed =
      (await this.all(mac, others, now)) ||
      (installs.length > 0 ? await this.install(mac, installs, connection, now) : 0);
    if (handed === 0) return;
    const outcome = await this.nanomdm.wake(mac);
    if (outcome.kind !== 'accepted')
      this.log.warn({ deviceId: mac.device_id, outcome }, 'a Mac was not woken for what NanoMDM has for it');
  }

  /**
   * An install is handed over alone: it is fetched at once then; and there are storages of NanoMDM that send what was
   * answered once more, when something else lies before it.
   */
  private async install(
    mac: Enrollment,
    installs: readonly Pending[],
    connection: Connection,
    now: Instant,
  ): Promise<number> {
    if (!this.isRecent(connection)) {
      this.log.warn(
        { deviceId: mac.device_id, at: connection.at },
        'an install waits: this word of its Mac is too old',
      );
      return 0;
    }
    if (await this.handedOver.isAnythingThere(mac.device_id)) return 0;
    if (!connection.awake) return this.ask(mac, connection, now);
    return this.all(mac, installs, now, () => this.isRecent(connection));
  }

  /** How many NanoMDM took. */
  private async all(
    mac: Enrollment,
    pending: readonly Pending[],
    now: Instant,
    still: () => boolean = () => true,
  ): Promise<number> {
    let handed = 0;
    for (const one of pending) {
      const document = await this.delivery.deliver(mac, one.queued, now, one.uuid);
      if (document === undefined) continue;
      if (still() && (await this.hand(mac, one, document, now))) handed += 1;
    }
    return handed;
  }

  /** A crash between the two leaves it pending: NanoMDM is handed the same CommandUUID again, and says that it has it. */
  private async hand(mac: Enrollment, one: Pending, document: string, now: Instant): Promise<boolean> {
    const outcome = await this.nanomdm.enqueue(mac.udid, document);
    if (outcome.kind === 'queued') {
      await this.handedOver.note(one, this.clock.real.now());
      return true;
    }
    await this.handedOver.failed(one, now);
    const facts = { deviceId: mac.device_id, commandId: one.queued.command_id, reason: outcome.reason };
    this.log.error(facts, 'NanoMDM did not take a command; it is tried again');
    return false;
  }

  /** A question that costs nothing, to which only a Mac that is awake gives an answer; the install follows that. */
  private async ask(mac: Enrollment, { at }: Connection, now: Instant): Promise<number> {
    const question = own(reactionId(mac.device_id, 'awake', at), mac.device_id);
    await this.queue.put({ ...question, kind: 'inventory', not_before: now, wake_at: null });
    const pending = await this.handedOver.pending(mac.device_id, now);
    return this.all(
      mac,
      pending.filter(({ queued }) => queued.command_id === question.command_id),
      now,
    );
  }

  private isRecent({ at }: Connection): boolean {
    return Math.abs(toMillis(this.clock.real.now()) - toMillis(at)) <= RECENT;
  }
}
