import { Inject, Injectable } from '@nestjs/common';
import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Ids, type Instant, reactionId } from '@managed-os/kernel';
import { CLOCK, DATABASE, EVENT_STORE, IDS } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import { readInputs, ReleaseCatalogue } from '../inputs/read-inputs.js';
import type { Reevaluated } from '../obligations/obligations.input.js';
import { readStates } from '../obligations/read-states.js';
import { type StreamState, type Reaction, record } from '../obligations/record.js';
import type { DeadlinesSettings } from '../settings.js';
import type { DeadlinesTables } from '../tables.js';
import { SETTINGS, WORK } from '../tokens.js';
import { AT_A_TIME, BATCH, forEach, handledIn, keepWorking, type Round, type Work } from '../work.js';
import { isPlannedWith, markForSettings } from './changed-settings.js';
import { look } from './look.js';

type Mark = DeadlinesTables['reevaluations'];

/** Looks again at every Mac that is marked, any number of replicas side by side. */
@Injectable()
export class Reevaluations {
  private readonly catalogue = new ReleaseCatalogue();

  constructor(
    @Inject(DATABASE) private readonly db: Kysely<DeadlinesTables>,
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: DeadlinesSettings,
    @Inject(WORK) private readonly work: Work,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  /** Until `signal` aborts. Settings other than those of the last start have every Mac looked at again. */
  async run(signal: AbortSignal): Promise<void> {
    await markForSettings(this.db, this.settings, this.ids);
    return keepWorking(this.work, this.clock, signal, (now) => this.runOnce(now));
  }

  /**
   * Takes up to 2,000 marks. They stay locked until their plans are recorded: what would change a marked Mac's inputs has to
   * mark it, and waits, so everything read here is of one moment. A crash leaves the marks; recording twice changes nothing.
   * Throws what went wrong with one Mac when nothing else is left to do; its mark stays.
   */
  async runOnce(now: Instant): Promise<Round> {
    const round = await this.db.transaction().execute(async (tx) => {
      // A replica with other settings has begun: what it marked is for those that have them too.
      if (!(await isPlannedWith(tx, this.settings))) return { handled: 0, errors: [] };
      const marks = await tx.selectFrom('reevaluations').selectAll().limit(BATCH).forUpdate().skipLocked().execute();
      if (marks.length === 0) return { handled: 0, errors: [] };
      const deviceIds = marks.map(({ device_id }) => device_id);
      const inputs = new Map((await readInputs(tx, deviceIds)).map((entry) => [entry.device.device_id, entry]));
      const releases = await this.catalogue.read(tx);
      // Only the holder of a mark plans a Mac: what was planned before is in the log by now.
      const states = await readStates(this.db, this.store, this.clock.real, deviceIds);
      const { done, errors } = await forEach(marks, AT_A_TIME, async (mark) => {
        const known = inputs.get(mark.device_id);
        if (known) await this.plan(mark, look(known, releases, this.settings, now), states?.get(mark.device_id));
      });
      if (done.length > 0) {
        const planned = done.map(({ device_id }) => device_id);
        await tx.deleteFrom('reevaluations').where('device_id', 'in', planned).execute();
      }
      return { handled: done.length, errors };
    });
    const handled = handledIn(round);
    return { handled };
  }

  private plan({ cause, correlation_id: correlationId }: Mark, input: Reevaluated, known?: StreamState): Promise<void> {
    const { revision: settingsRevision } = this.settings;
    const { deviceId, now: time } = input;
    // Of the revision too: after a rebuild of the inputs the same cause may find that it leads to something else.
    const reaction = (revision: bigint): Reaction => {
      const messageId = reactionId('planner', deviceId, cause, settingsRevision, String(revision));
      const idOf = (index: number): string => reactionId(messageId, index);
      return {
        cause: { correlationId, causationId: cause, actor: 'service:deadlines', time, idOf },
        once: { consumer: 'planner', messageId, settingsRevision },
      };
    };
    return record(this.store, input, reaction, known);
  }
}
