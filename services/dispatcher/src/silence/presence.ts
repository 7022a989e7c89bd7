import type { Clock } from '@managed-os/kernel';
import type { HandleDevice } from '../commands/settling.js';
import { macActor, originOf } from '../facts/cause.js';
import type { Db, Enrollment } from '../tables.js';
import type { LastSeen } from './last-seen.js';

/** Notes that a Mac spoke: in memory, unless it had been silent or had been woken. */
export class Presence {
  constructor(
    private readonly db: Db,
    private readonly lastSeen: LastSeen,
    private readonly handle: HandleDevice,
    private readonly clock: Clock,
  ) {}

  async heard(mac: Enrollment, correlationId: string): Promise<void> {
    const { device_id, silent_since, push_attempts } = mac;
    const now = this.clock.now();
    this.lastSeen.note(device_id, now);
    if (silent_since !== null) {
      const what = [device_id, 'heard', silent_since];
      const origin = originOf({ what, actor: macActor(device_id), time: now, correlationId });
      await this.handle(device_id, { type: 'Heard', deviceId: device_id }, origin);
    }
    if (silent_since === null && push_attempts === 0) return;
    await this.db
      .updateTable('enrollments')
      .set({ silent_since: null, push_attempts: 0 })
      .where('device_id', '=', device_id)
      .execute();
  }
}
