import type { Clock, Instant } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { sql } from 'kysely';
import { isOpen } from '../commands/queue.js';
import type { Pulse } from '../pulse.js';
import type { Db } from '../tables.js';
import { nextPush, wakeAfterOutage } from './pacing.js';
import type { Push, PushOutcome } from './push.js';

const BATCH = 100;
const FALLBACK = 2_000;

interface Target {
  readonly device_id: string;
  readonly push_token: Buffer | null;
  readonly push_magic: string | null;
  readonly push_attempts: number;
}

/** Wakes Macs for which something is sendable, at a pace. Any number of replicas. */
export class Pusher {
  constructor(
    private readonly db: Db,
    private readonly push: Push,
    private readonly clock: Clock,
    private readonly pulse: Pulse,
    private readonly log: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.clock.now();
      const pushed = await this.runOnce(now);
      if (pushed < BATCH) await this.pulse.wait(await this.nextDue(now), FALLBACK, signal);
    }
  }

  /** Pushes to every Mac that is due, up to a batch; answers how many. The pace is noted before the push goes out. */
  async runOnce(now: Instant): Promise<number> {
    const targets = await this.claim(now);
    const outcomes = await Promise.all(
      targets.map(async (target) => ({
        target,
        outcome: await this.push.wake(target.push_token ?? Buffer.alloc(0), target.push_magic ?? ''),
      })),
    );
    await this.refused(outcomes.filter(({ outcome }) => outcome.kind === 'refused'));
    await this.failed(
      outcomes.filter(({ outcome }) => outcome.kind === 'failed'),
      now,
    );
    return targets.length;
  }

  private claim(now: Instant): Promise<readonly Target[]> {
    return this.db.transaction().execute(async (tx) => {
      const targets = await tx
        .selectFrom('enrollments')
        .select(['device_id', 'push_token', 'push_magic', 'push_attempts'])
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
      return targets;
    });
  }

  private async refused(pushes: readonly { target: Target; outcome: PushOutcome }[]): Promise<void> {
    for (const { target, outcome } of pushes) {
      this.log.warn(
        { deviceId: target.device_id, outcome },
        'a push token is of no use any more; waiting for the next TokenUpdate',
      );
      await this.db
        .updateTable('enrollments')
        .set({ push_refused: true })
        .where('device_id', '=', target.device_id)
        .where('push_token', '=', target.push_token)
        .execute();
    }
  }

  private async failed(pushes: readonly { target: Target; outcome: PushOutcome }[], now: Instant): Promise<void> {
    const [first] = pushes;
    if (!first) return;
    this.log.warn({ count: pushes.length, deviceId: first.target.device_id, outcome: first.outcome }, 'pushes failed');
    const ids = pushes.map(({ target }) => target.device_id);
    await this.db.transaction().execute(async (tx) => {
      // As `serially`, and in one order, because these are several Macs.
      await tx
        .selectFrom('enrollments')
        .select('device_id')
        .where('device_id', 'in', ids)
        .orderBy('device_id')
        .forUpdate()
        .execute();
      await tx
        .updateTable('commands')
        .set({ wake_at: wakeAfterOutage(now) })
        .where('device_id', 'in', ids)
        .where(isOpen)
        .where('wake_at', '>', wakeAfterOutage(now))
        .where('not_before', '<=', now)
        .execute();
      await tx
        .updateTable('enrollments')
        .set((row) => ({ push_attempts: sql<number>`greatest(0, ${row.ref('push_attempts')} - 1)` }))
        .where('device_id', 'in', ids)
        .execute();
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
