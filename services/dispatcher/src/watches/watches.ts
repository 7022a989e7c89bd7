import type { DevicesEvent, Fact } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { addMillis, type Instant, reactionId } from '@managed-os/kernel';
import type { CommandQueue } from '../commands/queue.js';
import { serially } from '../enrollment/serially.js';
import { originOf, SERVICE } from '../facts/cause.js';
import { wakeAfterSending } from '../push/pacing.js';
import type { CommandKind, Db, QueuedCommand, Tx, Watch } from '../tables.js';
import { heard, type WatchProgress } from './watch.js';

type Request = Omit<Fact<'WatchRequested'>, 'type' | 'stopAfter'> & {
  readonly stopAfter: Instant;
  readonly requestId: string;
  readonly correlationId: string;
};

/**
 * A Mac that installs may come back as a version that does not have OSUpdateStatus any more (trap 24): it is asked which
 * it is, and only then, in the same conversation, how far it is.
 */
const FIRST_HALF: Readonly<Record<Watch['subject'], CommandKind>> = {
  download: 'watch_status',
  install: 'watch_inventory',
};

/** Polls a Mac for somebody: one poll at a time, each a command of the queue, until the watch is closed or at its end. */
export class Watches {
  constructor(
    private readonly db: Db,
    private readonly queue: CommandQueue,
    private readonly store: EventStore<DevicesEvent>,
  ) {}

  /**
   * Opens a watch, behind the lock of its Mac; its first poll comes after its interval. A repeat changes nothing.
   * `reachable`: the Mac is enrolled.
   */
  async open(request: Request, reachable: boolean, now: Instant, tx: Tx): Promise<void> {
    const watch = await tx
      .insertInto('watches')
      .values({
        watch_id: request.watchId,
        device_id: request.deviceId,
        subject: request.subject as Watch['subject'],
        interval_seconds: request.intervalSeconds,
        longest_interval_seconds: request.longestIntervalSeconds,
        silent_after_seconds: request.silentAfterSeconds,
        stop_after: request.stopAfter,
        pause_seconds: request.intervalSeconds,
        last_said: null,
        half_said: null,
        heard_at: now,
        silent_at: addMillis(now, request.silentAfterSeconds * 1000),
        ended_at: null,
        request_id: request.requestId,
        correlation_id: request.correlationId,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (watch && reachable) await this.poll(watch, addMillis(now, watch.pause_seconds * 1000), tx);
  }

  async close(watch: Pick<Fact<'WatchClosed'>, 'watchId' | 'deviceId'>, now: Instant): Promise<void> {
    await this.end(watch, 'closed', now);
  }

  find(watchId: string, tx: Tx = this.db): Promise<Watch | undefined> {
    return tx
      .selectFrom('watches')
      .selectAll()
      .where('watch_id', '=', watchId)
      .where('state', '=', 'open')
      .executeTakeFirst();
  }

  /** Notes a report and queues the next poll; answers when that is due. One that was closed meanwhile ends there. */
  async goOn(watch: Watch, progress: WatchProgress, now: Instant, tx: Tx): Promise<Instant | undefined> {
    if (!(await this.note(watch, progress, tx))) return undefined;
    const at = addMillis(now, progress.pause_seconds * 1000);
    await this.poll(watch, at, tx);
    return at;
  }

  /** The first half of a poll for an install was answered: the progress is asked in the same conversation. */
  async askStatus(watch: Watch, halfSaid: string, now: Instant, tx: Tx): Promise<Instant | undefined> {
    if (!(await this.note(watch, { half_said: halfSaid, ...heard(watch, now) }, tx))) return undefined;
    const poll = pollOf(watch, reactionId(watch.watch_id, 'status', watch.polls));
    const wake_at = wakeAfterSending(now);
    await this.queue.put({ ...poll, kind: 'watch_status', not_before: now, wake_at }, tx);
    return wake_at;
  }

  /**
   * The conversation broke off after the first half of a poll for an install, perhaps because the Mac restarted, and
   * begins anew: so does the poll, as the version of before does not count any more. False when this is no such half.
   */
  async beginAnew({ watch_id, kind }: Pick<QueuedCommand, 'watch_id' | 'kind'>, now: Instant): Promise<boolean> {
    const watch = kind === 'watch_status' && watch_id !== null ? await this.find(watch_id) : undefined;
    if (watch?.subject !== 'install') return false;
    await serially(this.db, watch.device_id, async (tx) => {
      await this.queue.dropPolls({ watchId: watch.watch_id, deviceId: watch.device_id }, now, tx);
      if (await this.note(watch, { half_said: null }, tx)) await this.poll(watch, now, tx);
    });
    return true;
  }

  /** A Mac that enrolled again lost its polls; what is still watched is polled at once. */
  async resume(deviceId: string, now: Instant, tx: Tx): Promise<void> {
    const watches = await tx
      .selectFrom('watches')
      .selectAll()
      .where('device_id', '=', deviceId)
      .where('state', '=', 'open')
      .execute();
    for (const watch of watches) await this.poll(watch, now, tx);
  }

  /** Reports watches whose patience or time is over. Repeated after a crash it reports the same, once. */
  async review(now: Instant): Promise<void> {
    const open = this.db.selectFrom('watches').selectAll().where('state', '=', 'open').limit(200);
    for (const watch of await open.where('stop_after', '<=', now).execute()) {
      await this.tell(watch, now, ['stopped'], {
        type: 'WatchStopped',
        deviceId: watch.device_id,
        watchId: watch.watch_id,
      });
      await this.end({ watchId: watch.watch_id, deviceId: watch.device_id }, 'stopped', now);
    }
    for (const watch of await open.where('silent_at', '<=', now).execute()) {
      const since = watch.heard_at;
      const silent = { type: 'WatchSilent', deviceId: watch.device_id, watchId: watch.watch_id, since } as const;
      await this.tell(watch, now, ['silent', since], silent);
      await this.db
        .updateTable('watches')
        .set({ silent_at: null })
        .where('watch_id', '=', watch.watch_id)
        .where('heard_at', '=', since)
        .execute();
    }
  }

  /** False when the watch is not open any more. */
  private async note(watch: Watch, said: Partial<WatchProgress>, tx: Tx): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('watches')
      .set(said)
      .where('watch_id', '=', watch.watch_id)
      .where('state', '=', 'open')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  private async poll(watch: Watch, at: Instant, tx: Tx): Promise<void> {
    const { polls } = await tx
      .updateTable('watches')
      .set((row) => ({ polls: row('polls', '+', 1) }))
      .where('watch_id', '=', watch.watch_id)
      .returning('polls')
      .executeTakeFirstOrThrow();
    const poll = pollOf(watch, reactionId(watch.watch_id, 'poll', polls));
    await this.queue.put({ ...poll, kind: FIRST_HALF[watch.subject], not_before: at, wake_at: at }, tx);
  }

  private async end(
    { watchId, deviceId }: Pick<Fact<'WatchClosed'>, 'watchId' | 'deviceId'>,
    state: 'closed' | 'stopped',
    now: Instant,
  ): Promise<void> {
    await serially(this.db, deviceId, async (tx) => {
      await tx
        .updateTable('watches')
        .set({ state, ended_at: now, silent_at: null })
        .where('watch_id', '=', watchId)
        .where('state', '=', 'open')
        .execute();
      await this.queue.dropPolls({ watchId, deviceId }, now, tx);
    });
  }

  private async tell(watch: Watch, now: Instant, what: readonly string[], event: DevicesEvent): Promise<void> {
    await this.store.append({
      stream: `device-${watch.device_id}`,
      expected: 'any',
      events: [event],
      ...originOf({
        what: [watch.watch_id, ...what],
        actor: SERVICE,
        time: now,
        correlationId: watch.correlation_id,
        causationId: watch.request_id,
      }),
    });
  }
}

const pollOf = (watch: Watch, commandId: string) => ({
  command_id: commandId,
  device_id: watch.device_id,
  watch_id: watch.watch_id,
  correlation_id: watch.correlation_id,
  causation_id: watch.request_id,
});
