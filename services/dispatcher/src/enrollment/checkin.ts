import { type Authenticate, type CheckinMessage, writeBootstrapToken } from '@managed-os/apple-mdm';
import { type Clock, type Ids, type Instant, reactionId } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import type { BootstrapTokens } from '../bootstrap-token/bootstrap-tokens.js';
import type { NotSentReports } from '../commands/not-sent.js';
import { type CommandQueue, own } from '../commands/queue.js';
import type { HandleDevice } from '../commands/settling.js';
import type { DeclarativeDoor, JsonDocument } from '../declarations/declarative-door.js';
import type { Declarations } from '../declarations/declarations.js';
import type { OfferReports } from '../declarations/offer-reports.js';
import { macActor, originOf } from '../facts/cause.js';
import { factsOfEnrollment } from '../facts/observations.js';
import type { Pulse } from '../pulse.js';
import type { LastSeen } from '../silence/last-seen.js';
import type { Presence } from '../silence/presence.js';
import type { Db, Enrollment, Tx } from '../tables.js';
import type { Watches } from '../watches/watches.js';
import type { MacIdentity } from './certificate.js';
import type { Enrollments } from './enrollments.js';
import type { Leaving } from './leaving.js';

/**
 * Check-in: how Macs come, are reached, leave, and keep their bootstrap token here. Every message may come twice: events
 * are appended first and once per enrollment, the rows follow, and a Mac that got no 2xx says it again.
 */
export class Checkin {
  constructor(
    private readonly db: Db,
    private readonly enrollments: Enrollments,
    private readonly leaving: Leaving,
    private readonly tokens: BootstrapTokens,
    private readonly queue: CommandQueue,
    private readonly watches: Watches,
    private readonly notSent: NotSentReports,
    private readonly presence: Presence,
    private readonly lastSeen: LastSeen,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly declarative: DeclarativeDoor,
    private readonly handle: HandleDevice,
    private readonly pusher: Pulse,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** The document to answer with; `undefined`: an empty 200. Throws `Problem`, never with 401. */
  async handleMessage(
    message: CheckinMessage,
    identity: MacIdentity,
    correlationId: string,
  ): Promise<string | JsonDocument | undefined> {
    if (message.type === 'Authenticate') {
      if (message.sender.userId !== undefined) throw new Problem(403, 'user-channel', 'Users do not enroll here.');
      await this.begin(message, identity);
      return undefined;
    }
    return this.take(await this.enrollments.known(message.sender.udid, identity), message, correlationId);
  }

  /**
   * An enrollment begins: what was queued, and what the Mac held, is of the one before. `identity` as
   * `Enrollments.authenticate` takes it. Nothing happens unless `isNews` says so, in the same transaction.
   */
  async begin(
    message: Authenticate,
    identity: MacIdentity | undefined,
    isNews: (tx: Tx) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<void> {
    const now = this.clock.now();
    const mac = await this.db.transaction().execute(async (tx) => {
      if (!(await isNews(tx))) return undefined;
      const begun = await this.enrollments.authenticate(message, identity, tx);
      await this.queue.clear(begun.device_id, 're_enrolled', now, tx);
      await this.declarations.forget(begun.device_id, 're_enrolled', now, tx);
      return begun;
    });
    if (!mac) return;
    this.lastSeen.note(mac.device_id, now);
    await this.leaving.reportOf(mac.device_id);
    await this.notSent.reportOf(mac.device_id);
    await this.offers.reportOf(mac.device_id);
  }

  /** What a Mac says that is known to be the one it says it is. Answers as `handleMessage`. */
  async take(
    mac: Enrollment,
    message: Exclude<CheckinMessage, Authenticate>,
    correlationId: string,
  ): Promise<string | JsonDocument | undefined> {
    await this.presence.heard(mac, correlationId);
    switch (message.type) {
      case 'UserAuthenticate':
        throw new Problem(410, 'users-not-managed', 'The users of this Mac are not managed here.');
      case 'DeclarativeManagement':
        return this.declarative.answer(mac, message, correlationId);
      case 'TokenUpdate':
        // A user's channel has a token of its own; nothing is sent there, and the Mac's must not be overwritten.
        if (message.sender.userId === undefined)
          await this.complete(mac, (tx) => this.enrollments.reachable(mac, message, tx), correlationId);
        return undefined;
      case 'CheckOut':
        if (message.sender.userId === undefined) await this.leaving.checkedOut(mac, correlationId);
        return undefined;
      case 'SetBootstrapToken':
        await this.tokens.set(mac, message.bootstrapToken);
        await this.escrowed(mac, message.bootstrapToken !== undefined, correlationId);
        return undefined;
      case 'GetBootstrapToken':
        return writeBootstrapToken(this.tokens.get(mac));
    }
  }

  /** The Mac can be reached, as `reach` notes, and answers whether that is news: its enrollment is complete from now on. */
  async complete(mac: Enrollment, reach: (tx: Tx) => Promise<boolean>, correlationId: string): Promise<void> {
    if (mac.state === 'unenrolled')
      throw new Problem(403, 'not-enrolled', 'This Mac has left; it must authenticate first.');
    const now = this.clock.now();
    if (mac.state === 'authenticated') {
      await this.enrolled(mac, now, correlationId);
      await this.leaving.replacedBy(mac, correlationId);
    }
    await this.db.transaction().execute(async (tx) => {
      if (!(await reach(tx))) return;
      await this.queue.wakeForAll(mac.device_id, now, tx);
      if (mac.state === 'enrolled') return;
      const first = (kind: 'inventory' | 'daily_security') => ({
        ...own(reactionId(mac.device_id, kind, mac.number), mac.device_id),
        ...{ kind, not_before: now, wake_at: now },
      });
      // In full at first; of the daily one nobody knows what version it meets.
      await this.queue.put(first('inventory'), tx);
      await this.queue.putDaily({ ...first('inventory'), kind: 'daily_inventory' }, now, tx);
      await this.queue.put(first('daily_security'), tx);
      await this.watches.resume(mac.device_id, now, tx);
      await this.declarations.refresh(mac.device_id, now, tx);
    });
    if (mac.state === 'authenticated') await this.tellEscrow(mac.device_id, correlationId);
    this.pusher.nudge();
  }

  /** A token may have come between the Mac's first facts and the row that says it is enrolled: then nobody was told. */
  private async tellEscrow(deviceId: string, correlationId: string): Promise<void> {
    const mac = await this.enrollments.find(deviceId);
    if (mac) await this.escrowed(mac, this.tokens.escrowed(mac), correlationId);
  }

  private async enrolled(mac: Enrollment, at: Instant, correlationId: string): Promise<void> {
    await this.handle(
      mac.device_id,
      {
        type: 'Enrolled',
        deviceId: mac.device_id,
        udid: mac.udid,
        seen: factsOfEnrollment(mac),
        bootstrapTokenEscrowed: this.tokens.escrowed(mac),
        at,
      },
      this.origin(mac, 'enrolled', at, correlationId),
    );
  }

  /**
   * A bootstrap token is kept, or not any more. Before the enrollment is complete nobody knows the Mac yet; then its first
   * facts carry the token.
   */
  async escrowed(mac: Enrollment, escrowed: boolean, correlationId: string): Promise<void> {
    if (mac.state !== 'enrolled') return;
    const at = this.clock.now();
    const cause = { correlationId, actor: macActor(mac.device_id), time: at, idOf: () => this.ids.next() };
    const seen = { bootstrapTokenEscrowed: escrowed };
    await this.handle(mac.device_id, { type: 'Observed', deviceId: mac.device_id, seen, answers: [], at }, { cause });
  }

  private origin(mac: Enrollment, what: string, time: Instant, correlationId: string) {
    return originOf({ what: [mac.device_id, what, mac.number], actor: macActor(mac.device_id), time, correlationId });
  }
}
