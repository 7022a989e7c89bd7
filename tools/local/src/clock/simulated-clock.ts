import { type ClockAnchor, type Instant, instant, simulatedMillis, toMillis } from '@managed-os/kernel';
import { real } from '../infra/real-time.js';
import { readState, writeState } from '../infra/state-file.js';

/** From `at` on the clock runs at `rate`. */
export interface PlannedRate {
  readonly at: Instant;
  readonly rate: number;
}

interface Kept {
  readonly anchor: ClockAnchor;
  readonly planned: PlannedRate | null;
  /** The latest simulated instant that the file vouches for. */
  readonly reached: Instant;
  readonly closed: boolean;
}

const HEARTBEAT = 250;

/**
 * The simulated time of one system: publishes anchors, keeps them in a file and never goes back, not even over a crash.
 * A new anchor starts where the clock is. It stands still from `open` on until a rate is set.
 */
export class SimulatedClock {
  private planned: PlannedRate | null = null;
  private turn = new AbortController();
  private readonly closing = new AbortController();

  private constructor(
    private readonly file: string,
    private current: ClockAnchor,
  ) {}

  /** Goes on where the last system on this file stopped; `start` counts when there was none. */
  static open(file: string, start: Instant): SimulatedClock {
    const kept = readState<Kept>(file);
    const simulated = kept === undefined ? start : resumeAt(kept);
    const clock = new SimulatedClock(file, {
      revision: (kept?.anchor.revision ?? 0) + 1,
      real: real.now(),
      simulated,
      rate: 0,
    });
    clock.keep();
    void clock.beat();
    return clock;
  }

  get anchor(): ClockAnchor {
    return this.current;
  }

  now(): Instant {
    const free = simulatedMillis(this.current, toMillis(real.now()));
    const millis = Math.max(toMillis(this.current.simulated), Math.floor(free));
    return instant(this.planned === null ? millis : Math.min(millis, toMillis(this.planned.at)));
  }

  /** Runs at `rate` from now on, and at `planned.rate` from exactly `planned.at` on. */
  run(rate: number, planned: PlannedRate | null = null): ClockAnchor {
    const now = this.now();
    this.planned = planned !== null && toMillis(planned.at) > toMillis(now) ? planned : null;
    return this.publish(now, planned !== null && this.planned === null ? planned.rate : rate);
  }

  /** Moves the clock to `at` at once. Throws `RangeError` when that is in the past. */
  jump(at: Instant): ClockAnchor {
    if (toMillis(at) < toMillis(this.now()))
      throw new RangeError(`the clock does not go back from ${this.now()} to ${at}`);
    return this.publish(at, this.current.rate);
  }

  /** The first anchor newer than `revision`; the present one when there is none within `holdMs` or the clock closes. */
  async after(revision: number, holdMs: number): Promise<ClockAnchor> {
    if (this.current.revision <= revision) await real.sleep(holdMs, this.turn.signal);
    return this.current;
  }

  /** Stands still for good; everybody who waits for an anchor is answered. */
  close(): void {
    if (this.closing.signal.aborted) return;
    this.run(0);
    this.closing.abort();
    this.keep();
  }

  private publish(simulated: Instant, rate: number): ClockAnchor {
    this.current = { revision: this.current.revision + 1, real: real.now(), simulated, rate };
    this.keep();
    const { turn } = this;
    this.turn = new AbortController();
    turn.abort();
    if (this.planned !== null) void this.turnAt(this.planned, this.turn.signal);
    return this.current;
  }

  private async turnAt(planned: PlannedRate, superseded: AbortSignal): Promise<void> {
    const { real: since, simulated, rate } = this.current;
    const reached = toMillis(since) + (toMillis(planned.at) - toMillis(simulated)) / rate;
    if (rate <= 0) return;
    await real.sleep(Math.max(0, reached - toMillis(real.now())), superseded);
    if (!superseded.aborted) this.run(planned.rate, planned);
  }

  private keep(): void {
    const kept: Kept = {
      anchor: this.current,
      planned: this.planned,
      reached: this.now(),
      closed: this.closing.signal.aborted,
    };
    writeState(this.file, kept);
  }

  private async beat(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await real.sleep(HEARTBEAT, this.closing.signal);
      if (this.current.rate > 0 && !this.closing.signal.aborted) this.keep();
    }
  }
}

/** After a crash the file may be one heartbeat old: the clock goes on where it was at the latest, so it never goes back. */
const resumeAt = ({ anchor, planned, reached, closed }: Kept): Instant => {
  if (closed) return reached;
  const latest = toMillis(reached) + 2 * HEARTBEAT * anchor.rate;
  return instant(planned === null ? latest : Math.max(toMillis(reached), Math.min(latest, toMillis(planned.at))));
};
