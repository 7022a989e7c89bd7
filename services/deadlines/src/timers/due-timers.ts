import { Inject, Injectable } from '@nestjs/common';
import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, reactionId } from '@managed-os/kernel';
import { CLOCK, DATABASE, EVENT_STORE } from '@managed-os/service-host';
import { type Kysely, sql } from 'kysely';
import { readStates } from '../obligations/read-states.js';
import { type StreamState, record } from '../obligations/record.js';
import type { DeadlinesSettings } from '../settings.js';
import type { DeadlinesTables, TimerRow } from '../tables.js';
import { SETTINGS, WORK } from '../tokens.js';
import { AT_A_TIME, BATCH, forEach, handledIn, keepWorking, type Round, type Work } from '../work.js';

/** Fires what falls due: never early, once each, any number of replicas side by side (X8). */
@Injectable()
export class DueTimers {
  private upSince: Instant | undefined;

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<DeadlinesTables>,
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: DeadlinesSettings,
    @Inject(WORK) private readonly work: Work,
  ) {}

  run(signal: AbortSignal): Promise<void> {
    // A loop that failed and starts again was there all the time.
    const upSince = (this.upSince ??= this.clock.now());
    return keepWorking(this.work, this.clock, signal, (now) => this.runOnce(now, upSince));
  }

  /**
   * Takes up to 2,000 due rows, a Mac's in the order of their instants. The rows stay locked until they are fired and gone;
   * a crash in between leaves them, and firing again finds the timer gone or meets the inbox (`timers`, timer id).
   * Throws what went wrong with one Mac when nothing else is left to do; its rows stay.
   */
  async runOnce(now: Instant, upSince: Instant): Promise<Round> {
    const round = await this.db.transaction().execute(async (tx) => {
      const due = await tx
        .selectFrom('timers')
        .selectAll()
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .limit(BATCH)
        .forUpdate()
        .skipLocked()
        .execute();
      if (due.length === 0) return { handled: 0, errors: [] };
      const macs = byDevice(due);
      const deviceIds = macs.flatMap(([timer]) => (timer ? [timer.device_id] : []));
      const states = await readStates(this.db, this.store, this.clock.real, deviceIds);
      const { done, errors } = await forEach(macs, AT_A_TIME, async (timers) => {
        for (const [index, timer] of timers.entries())
          await this.fire(timer, now, upSince, index === 0 ? states?.get(timer.device_id) : undefined);
      });
      const fired = done.flat().map(({ timer_id }) => timer_id);
      if (fired.length > 0) await tx.deleteFrom('timers').where('timer_id', 'in', fired).execute();
      return { handled: fired.length, errors };
    });
    const handled = handledIn(round);
    return handled > 0 ? { handled } : { handled, ...(await this.next(now)) };
  }

  private fire(timer: TimerRow, now: Instant, upSince: Instant, known?: StreamState): Promise<void> {
    const { device_id: deviceId, timer_id: timerId, set_by, correlation_id: correlationId, set_at } = timer;
    const { countdownMillis, revision: settingsRevision } = this.settings;
    const setAt = set_at as Instant;
    const idOf = (index: number): string => reactionId('timers', timerId, index);
    return record(
      this.store,
      { type: 'TimerDue', deviceId, timerId, now, setAt, upSince, countdownMillis },
      {
        cause: { correlationId, causationId: set_by, actor: 'service:deadlines', time: now, idOf },
        once: { consumer: 'timers', messageId: timerId, settingsRevision },
      },
      known,
    );
  }

  private async next(now: Instant): Promise<{ readonly nextAt?: Instant }> {
    const { due } = await this.db
      .selectFrom('timers')
      .select((eb) => sql<Instant | null>`${eb.fn.min('due_at')}`.as('due'))
      .where('due_at', '>', now)
      .executeTakeFirstOrThrow();
    return due === null ? {} : { nextAt: due };
  }
}

/** A Mac's timers go one after the other, in the order given. */
const byDevice = (timers: readonly TimerRow[]): readonly (readonly TimerRow[])[] => {
  const groups = new Map<string, TimerRow[]>();
  for (const timer of timers) groups.set(timer.device_id, [...(groups.get(timer.device_id) ?? []), timer]);
  return [...groups.values()];
};
