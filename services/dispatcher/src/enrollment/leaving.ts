import type { Clock } from '@managed-os/kernel';
import type { NotSentReports } from '../commands/not-sent.js';
import type { CommandQueue } from '../commands/queue.js';
import type { HandleDevice } from '../commands/settling.js';
import type { Declarations } from '../declarations/declarations.js';
import type { OfferReports } from '../declarations/offer-reports.js';
import { macActor, originOf, SERVICE } from '../facts/cause.js';
import type { Db, Enrollment } from '../tables.js';
import type { Enrollments } from './enrollments.js';

/** Serial numbers as Apple gives them; boards that nobody gave one share words such as `Not available`. */
const SERIAL = /^[A-Z0-9]{8,14}$/;

/** Macs that leave: events first, once per enrollment, then the rows. Their attempts end, and nobody counts them any more. */
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

  /** It said so itself. */
  async checkedOut(mac: Enrollment, correlationId: string): Promise<void> {
    if (mac.state !== 'unenrolled') await this.leave(mac, 'checked_out', macActor(mac.device_id), correlationId);
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
    for (const one of before) await this.leave(one, 'replaced', SERVICE, correlationId);
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
    if (successor) await this.leave(mac, 'replaced', SERVICE, correlationId);
    return successor !== undefined;
  }

  private async leave(
    mac: Enrollment,
    reason: 'checked_out' | 'replaced',
    actor: string,
    correlationId: string,
  ): Promise<void> {
    const at = this.clock.now();
    const what = [mac.device_id, reason, mac.number];
    await this.handle(
      mac.device_id,
      { type: 'Left', deviceId: mac.device_id, reason, at },
      originOf({ what, actor, time: at, correlationId }),
    );
    await this.db.transaction().execute(async (tx) => {
      if (!(await this.enrollments.left(mac, tx))) return;
      await this.queue.clear(mac.device_id, 'unenrolled', at, tx);
      await this.declarations.forget(mac.device_id, at, tx);
    });
    await this.notSent.reportOf(mac.device_id);
    await this.offers.reportOf(mac.device_id);
  }
}

const isSerial = (text: string | null): text is string => text !== null && SERIAL.test(text);
