import { type Clock, reactionId } from '@managed-os/kernel';
import type { NotSentReports } from '../commands/not-sent.js';
import type { CommandQueue } from '../commands/queue.js';
import type { HandleDevice } from '../commands/settling.js';
import type { Declarations } from '../declarations/declarations.js';
import type { OfferReports } from '../declarations/offer-reports.js';
import { ofEveryMac } from '../every-mac.js';
import { macActor, originOf, SERVICE } from '../facts/cause.js';
import type { Db, Enrollment, LeavingReason } from '../tables.js';
import type { Enrollments } from './enrollments.js';

/** Serial numbers as Apple gives them; boards that nobody gave one share words such as `Not available`. */
const SERIAL = /^[A-Z0-9]{8,14}$/;

/**
 * Macs that leave. Their attempts end, and nobody counts them any more. A Mac says it once and does not repeat it, so the
 * row goes first and is the outbox of the event: what a crash kept from being told is told by `report`, or before the Mac
 * enrolls again.
 */
export class Leaving {
  constructor(
    private readonly db: Db,
    private readonly enrollments: Enrollments,
    private readonly queue: CommandQueue,
    private readonly notSent: NotSentReports,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly handle: HandleDevice,
    private readonly clock: Clock,
  ) {}

  /** Tells of every Mac that left and was not told of. */
  report(): Promise<void> {
    return ofEveryMac(
      (after, most) =>
        this.db
          .selectFrom('enrollments')
          .select('device_id')
          .where('leaving', 'is not', null)
          .where('device_id', '>', after)
          .orderBy('device_id')
          .limit(most)
          .execute(),
      (deviceId) => this.reportOf(deviceId),
    );
  }

  async reportOf(deviceId: string): Promise<void> {
    const mac = await this.enrollments.find(deviceId);
    if (mac) await this.tell(mac, reactionId(deviceId, 'leaving', mac.number));
  }

  /** It said so itself. */
  async checkedOut(mac: Enrollment, correlationId: string): Promise<void> {
    if (mac.state !== 'unenrolled') await this.leave(mac, 'checked_out', correlationId);
    else await this.tell(mac, correlationId);
  }

  /**
   * A new logic board keeps the serial number and has another UDID: the Mac is a new one to us, and the one before never
   * says goodbye. Of those with the serial number of a Mac that enrolled, the silent ones have been replaced.
   */
  async replacedBy(mac: Enrollment, correlationId: string): Promise<void> {
    if (!isSerial(mac.serial_number)) return;
    const before = await this.db
      .selectFrom('enrollments')
      .selectAll()
      .where('serial_number', '=', mac.serial_number)
      .where('device_id', '<>', mac.device_id)
      .where('state', '=', 'enrolled')
      .where('silent_since', 'is not', null)
      .execute();
    for (const one of before) await this.leave(one, 'replaced', correlationId);
  }

  /** Lets a Mac that has just fallen silent go, when another one that is heard has its serial number. False: it has none. */
  async ifReplaced(deviceId: string, correlationId: string): Promise<boolean> {
    const mac = await this.enrollments.find(deviceId);
    if (!mac || !isSerial(mac.serial_number)) return false;
    const successor = await this.db
      .selectFrom('enrollments')
      .select('device_id')
      .where('serial_number', '=', mac.serial_number)
      .where('device_id', '<>', deviceId)
      .where('state', '=', 'enrolled')
      .where('silent_since', 'is', null)
      .executeTakeFirst();
    if (successor) await this.leave(mac, 'replaced', correlationId);
    return successor !== undefined;
  }

  private async leave(mac: Enrollment, reason: LeavingReason, correlationId: string): Promise<void> {
    const at = this.clock.now();
    const left = await this.db.transaction().execute(async (tx) => {
      const row = await this.enrollments.left(mac, reason, tx);
      if (!row) return false;
      await this.queue.clear(mac.device_id, 'unenrolled', at, tx);
      await this.declarations.forget(mac.device_id, 'unenrolled', at, tx);
      return true;
    });
    if (!left) return;
    await this.tell({ ...mac, leaving: reason }, correlationId);
    await this.notSent.reportOf(mac.device_id);
    await this.offers.reportOf(mac.device_id);
  }

  private async tell({ device_id, number, leaving }: Enrollment, correlationId: string): Promise<void> {
    if (leaving === null) return;
    const at = this.clock.now();
    const actor = leaving === 'checked_out' ? macActor(device_id) : SERVICE;
    const origin = originOf({ what: [device_id, leaving, number], actor, time: at, correlationId });
    await this.handle(device_id, { type: 'Left', deviceId: device_id, reason: leaving, at }, origin);
    await this.enrollments.leavingTold(device_id, number);
  }
}

const isSerial = (text: string | null): text is string => text !== null && SERIAL.test(text);
