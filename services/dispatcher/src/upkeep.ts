import { addMillis, type Clock, type Instant, toMillis } from '@managed-os/kernel';
import type { NotSentReports } from './commands/not-sent.js';
import type { CommandQueue } from './commands/queue.js';
import { isOpen } from './commands/sendable.js';
import type { OfferReports } from './declarations/offer-reports.js';
import type { Leaving } from './enrollment/leaving.js';
import type { Pulse } from './pulse.js';
import type { Db } from './tables.js';
import type { Watches } from './watches/watches.js';

const FALLBACK = 5_000;
/** As long as the bus may still repeat a request: its ended row is what makes the repeat do nothing. */
const KEEP_ENDED = 31 * 86_400_000;

/** What becomes true by the mere passing of time: commands expire, watches fall silent or end, old rows go. */
export class Upkeep {
  constructor(
    private readonly db: Db,
    private readonly queue: CommandQueue,
    private readonly watches: Watches,
    private readonly notSent: NotSentReports,
    private readonly offers: OfferReports,
    private readonly leaving: Leaving,
    private readonly clock: Clock,
    private readonly pulse: Pulse,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.clock.now();
      await this.runOnce(now);
      await this.pulse.wait(await this.nextDue(now), FALLBACK, signal);
    }
  }

  async runOnce(now: Instant): Promise<void> {
    await this.queue.expire(now);
    await this.watches.review(now);
    const old = addMillis(now, -KEEP_ENDED);
    await this.db.deleteFrom('commands').where('ended_at', '<', old).where('reported', '=', true).execute();
    await this.db.deleteFrom('watches').where('ended_at', '<', old).execute();
    // Last: what cannot be told of one Mac fails this round, and keeps nothing above from being done.
    await this.notSent.report();
    await this.offers.report();
    await this.leaving.report();
  }

  /** The first instant after `now` at which something is due; it may have passed meanwhile. */
  private async nextDue(now: Instant): Promise<Instant | undefined> {
    const open = this.db.selectFrom('watches').where('state', '=', 'open').limit(1);
    const firsts = await Promise.all([
      this.db
        .selectFrom('commands')
        .select('not_after as at')
        .where(isOpen)
        .where('not_after', 'is not', null)
        .orderBy('not_after')
        .limit(1)
        .executeTakeFirst(),
      open.select('stop_after as at').orderBy('stop_after').executeTakeFirst(),
      open.select('silent_at as at').where('silent_at', 'is not', null).orderBy('silent_at').executeTakeFirst(),
    ]);
    const due = firsts.flatMap((first) => (first?.at ? [first.at] : []));
    return due.filter((at) => toMillis(at) > toMillis(now)).toSorted()[0];
  }
}
