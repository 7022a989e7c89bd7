import {
  addMillis,
  type ClockAnchor,
  earliest,
  type Instant,
  instant,
  millisBetween,
  simulatedMillis,
  toMillis,
} from '@managed-os/kernel';
import { real } from '../infra/real-time.js';
import { readState, writeState } from '../infra/state-file.js';

/** From `at` on the clock runs at `rate`. */
export interface PlannedRate {
  readonly at: Instant;
  readonly rate: number;
}

/** An anchor holds for so long (real milliseconds) and is renewed well before: processes that lost us stand still then. */
const LEASE = 4_000;
const RENEW = 1_000;

/**
 * The simulated time of one system: publishes anchors, keeps them in a file and never goes back, not even over a crash,
 * because no anchor lets anybody run past its `until`. A new anchor starts where the clock is. It stands still from
 * `open` on until a rate is set.
 */
export class SimulatedClock {
  private planned: PlannedRate | null = null;
  private turn = new AbortController();
  private readonly closing = new AbortController();

  private constructor(
    private readonly file: string,
    private current: ClockAnchor,
  ) {}

  /** Goes on where the last system on this file was at the latest; `start` counts when there was none. */
  static open(file: string, start: Instant): SimulatedClock {
    const kept = readState<ClockAnchor>(file);
    const simulated = kept === undefined ? start : (kept.until ?? kept.simulated);
    const clock = new SimulatedClock(file, {
      revision: (kept?.revision ?? 0) + 1,
      real: real.now(),
      simulated,
      rate: 0,
    });
    clock.keep();
    void clock.renew();
    return clock;
  }

  get anchor(): ClockAnchor {
    return this.current;
  }

  now(): Instant {
    return instant(
      Math.max(toMillis(this.current.simulated), Math.floor(simulatedMillis(this.current, toMillis(real.now())))),
    );
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
  }

  private publish(simulated: Instant, rate: number): ClockAnchor {
    this.current = {
      revision: this.current.revision + 1,
      real: real.now(),
      simulated,
      rate,
      ...this.limit(simulated, rate),
    };
    this.keep();
    const { turn } = this;
    this.turn = new AbortController();
    turn.abort();
    if (this.planned !== null && rate > 0) void this.turnAt(this.planned, this.turn.signal);
    return this.current;
  }

  private limit(simulated: Instant, rate: number): { readonly until?: Instant } {
    if (rate === 0) return {};
    const lease = addMillis(simulated, Math.ceil(rate * LEASE));
    return { until: this.planned === null ? lease : earliest(lease, this.planned.at) };
  }

  private async turnAt(planned: PlannedRate, superseded: AbortSignal): Promise<void> {
    const { real: since, simulated, rate } = this.current;
    const reached = toMillis(since) + millisBetween(simulated, planned.at) / rate;
    await real.sleep(Math.max(0, reached - toMillis(real.now())), superseded);
    if (!superseded.aborted) this.run(planned.rate, planned);
  }

  private keep(): void {
    writeState(this.file, this.current);
  }

  private async renew(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await real.sleep(RENEW, this.closing.signal);
      if (this.current.rate > 0 && !this.closing.signal.aborted) this.publish(this.now(), this.current.rate);
    }
  }
}
