import { addMillis, type Clock, type Instant, reactionId, toMillis } from '@managed-os/kernel';
import type { HandleDevice } from '../commands/settling.js';
import { originOf, SERVICE } from '../facts/cause.js';
import type { Leaving } from '../enrollment/leaving.js';
import { ofEveryMac } from '../every-mac.js';
import type { Pulse } from '../pulse.js';
import type { Db } from '../tables.js';
import type { LastSeen } from './last-seen.js';

const DAY = 86_400_000;
const PATIENCE = 7 * DAY;
/** Macs get this long to speak after a start: nobody heard them while the service was down. */
const AFTER_START = 3_600_000;
const FALLBACK = 5_000;
const BATCH = 500;
/** One that began to enroll again and did not come to its end is known by its enrollment before. */
const HERE = ['enrolled', 'authenticated'] as const;

/**
 * Says of a Mac that it has been silent for 7 days (X11). Once per silence; its next word ends it. The row goes first: a
 * Mac that speaks sees by it that there is a silence to end. What a crash kept from being told is told after the next
 * start.
 */
export class Silence {
  constructor(
    private readonly db: Db,
    private readonly lastSeen: LastSeen,
    private readonly leaving: Leaving,
    private readonly handle: HandleDevice,
    private readonly clock: Clock,
    private readonly pulse: Pulse,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const from = addMillis(this.clock.now(), AFTER_START);
    await this.clock.sleepUntil(from, signal);
    await this.tellAgain();
    while (!signal.aborted) {
      const now = this.clock.now();
      await this.runOnce(now);
      await this.pulse.wait(await this.nextDue(now), FALLBACK, signal);
    }
  }

  async runOnce(now: Instant): Promise<void> {
    await this.lastSeen.flush();
    while ((await this.callSilent(now)) === BATCH);
  }

  private async callSilent(now: Instant): Promise<number> {
    const rows = await this.silentCandidates()
      .where('last_seen.at', '<=', addMillis(now, -PATIENCE))
      .limit(BATCH)
      .execute();
    for (const { device_id, at } of rows) {
      if (await this.leaving.ifReplaced(device_id, reactionId(device_id, 'silence', at))) continue;
      await this.db.updateTable('enrollments').set({ silent_since: at }).where('device_id', '=', device_id).execute();
      await this.tell(device_id, at);
    }
    return rows.length;
  }

  private tellAgain(): Promise<void> {
    return ofEveryMac(
      (after, most) => this.silentMacs().where('device_id', '>', after).orderBy('device_id').limit(most).execute(),
      async (deviceId) => {
        const silent = await this.silentMacs().where('device_id', '=', deviceId).executeTakeFirst();
        if (silent?.silent_since) await this.tell(deviceId, silent.silent_since);
      },
    );
  }

  private async tell(deviceId: string, since: Instant): Promise<void> {
    const [time, correlationId] = [this.clock.now(), reactionId(deviceId, 'silence', since)];
    const silent = originOf({ what: [deviceId, 'silent', since], actor: SERVICE, time, correlationId });
    await this.handle(deviceId, { type: 'NotHeard', deviceId, since }, { ...silent, onlyNews: true });
    if (await this.silentMacs().where('device_id', '=', deviceId).executeTakeFirst()) return;
    // It spoke before that was told.
    const heard = originOf({ what: [deviceId, 'heard', since, 'meanwhile'], actor: SERVICE, time, correlationId });
    await this.handle(deviceId, { type: 'Heard', deviceId }, { ...heard, onlyNews: true });
  }

  private silentMacs() {
    return this.db
      .selectFrom('enrollments')
      .select(['device_id', 'silent_since'])
      .where('state', 'in', HERE)
      .where('silent_since', 'is not', null);
  }

  /** The first instant after `now` at which a Mac will have been silent for long enough; it may have passed meanwhile. */
  private async nextDue(now: Instant): Promise<Instant | undefined> {
    const first = await this.silentCandidates().orderBy('last_seen.at').limit(1).executeTakeFirst();
    if (!first) return undefined;
    const due = addMillis(first.at, PATIENCE);
    return toMillis(due) > toMillis(now) ? due : undefined;
  }

  private silentCandidates() {
    return this.db
      .selectFrom('last_seen')
      .innerJoin('enrollments', 'enrollments.device_id', 'last_seen.device_id')
      .select(['last_seen.device_id', 'last_seen.at'])
      .where('enrollments.state', 'in', HERE)
      .where('enrollments.silent_since', 'is', null);
  }
}
