import type { Clock, Instant } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { sql } from 'kysely';
import { isOpen } from '../commands/sendable.js';
import type { Pulse } from '../pulse.js';
import type { Db } from '../tables.js';
import { nextPush } from './pacing.js';
import type { Push } from './push.js';
import type { PushResults, Target } from './results.js';
import type { Rest } from './rest.js';

const BATCH = 100;
/** So many pushes are under way at once, as APNs takes on one connection. */
const MOST = 1_000;
const FALLBACK = 2_000;

/** Wakes Macs for which something is sendable, at a pace. Any number of replicas. */
export class Pusher {
  private readonly waves = new Set<Promise<void>>();
  private underWay = 0;

  constructor(
    private readonly db: Db,
    private readonly push: Push,
    private readonly results: PushResults,
    private readonly rest: Rest,
    private readonly clock: Clock,
    private readonly pulse: Pulse,
    private readonly log: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const resting = this.rest.left(this.clock.real.elapsed());
      if (resting > 0) await this.pulse.wait(undefined, resting, signal);
      else if (this.underWay + BATCH > MOST) await Promise.race([stopped, ...this.waves]);
      else await this.round(signal);
    }
    await this.push.close();
    await Promise.all(this.waves);
  }

  private async round(signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const begun = await this.begin(now);
    if (begun < BATCH) await this.pulse.wait(await this.nextDue(now), FALLBACK, signal);
  }

  /**
   * Begins to push to every Mac that is due, up to a batch; answers how many. Nobody waits for the slowest of them. The
   * pace is noted before the push goes out: each Mac gets one push, however much is sendable to it.
   */
  private async begin(now: Instant): Promise<number> {
    const targets = await this.claim(now);
    if (targets.length === 0) return 0;
    const wave = this.wave(targets, now)
      .catch((error: unknown) =>
        this.log.error({ error, count: targets.length }, 'noting what became of pushes failed'),
      )
      .finally(() => {
        this.waves.delete(wave);
        this.underWay -= targets.length;
      });
    this.waves.add(wave);
    this.underWay += targets.length;
    return targets.length;
  }

  private async wave(targets: readonly Target[], now: Instant): Promise<void> {
    const pushed = await Promise.all(
      targets.map(async (target) => ({
        target,
        outcome: await this.push.wake({
          udid: target.udid,
          token: target.push_token ?? Buffer.alloc(0),
          pushMagic: target.push_magic ?? '',
          topic: target.topic,
        }),
      })),
    );
    this.rest.note(
      pushed.map(({ outcome }) => outcome),
      this.clock.real.elapsed(),
    );
    await this.results.note(pushed, now);
  }

  private claim(now: Instant): Promise<readonly Target[]> {
    return this.db.transaction().execute(async (tx) => {
      const targets = await tx
        .selectFrom('enrollments')
        .select(['device_id', 'udid', 'number', 'topic', 'push_token', 'push_magic', 'push_attempts'])
        .where('state', '=', 'enrolled')
        .where('push_refused', '=', false)
        .where('device_id', 'in', (query) =>
          query.selectFrom('commands').select('commands.device_id').where(isOpen).where('commands.wake_at', '<=', now),
        )
        .limit(BATCH)
        .forUpdate()
        .skipLocked()
        .execute();
      if (targets.length === 0) return [];
      const ids = targets.map((target) => target.device_id);
      const next = targets.map((target) => nextPush(now, target.push_attempts + 1));
      await sql`update commands set wake_at = paced.at
        from unnest(${ids}::uuid[], ${next}::text[]) as paced (device_id, at)
        where commands.device_id = paced.device_id and ${isOpen} and commands.wake_at <= ${now}`.execute(tx);
      await tx
        .updateTable('enrollments')
        .set((row) => ({ push_attempts: row('push_attempts', '+', 1) }))
        .where('device_id', 'in', ids)
        .execute();
      return targets.map((target, index) => ({ ...target, pacedTo: next[index] ?? now }));
    });
  }

  /** The first instant after `now` at which a push is due; it may have passed meanwhile. */
  private async nextDue(now: Instant): Promise<Instant | undefined> {
    const first = await this.db
      .selectFrom('commands')
      .innerJoin('enrollments', 'enrollments.device_id', 'commands.device_id')
      .select('commands.wake_at')
      .where(isOpen)
      .where('commands.wake_at', '>', now)
      .where('enrollments.state', '=', 'enrolled')
      .where('enrollments.push_refused', '=', false)
      .orderBy('commands.wake_at')
      .limit(1)
      .executeTakeFirst();
    return first?.wake_at ?? undefined;
  }
}
