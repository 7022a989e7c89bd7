import type { PushOutcome } from './push.js';

const FIRST = 1_000;
/** A certificate that was refused is not taken a moment later either. */
const AFTER_REFUSAL = 10 * 60_000;

/**
 * How long pushing pauses after the service did not take pushes at all: a second, then twice as long each time. In real
 * time, of this process: the rows of the Macs that are due stay as they are meanwhile.
 */
export class Rest {
  private until = 0;
  private pause = 0;
  private troubled: Down | undefined;

  /** `longest`: of a pause, in milliseconds, unless the service itself asks for more. */
  constructor(private readonly longest: number) {}

  /** Why nothing gets through at present; `undefined` when the last pushes did. */
  get trouble(): Down['kind'] | undefined {
    return this.troubled?.kind;
  }

  /** Milliseconds that are left of a pause. `elapsed` as `RealTime` gives it, here and below. */
  left(elapsed: number): number {
    return Math.max(0, this.until - elapsed);
  }

  /** Takes in what became of pushes that were sent together. */
  note(outcomes: readonly PushOutcome[], elapsed: number): void {
    const down = outcomes.filter(isDown);
    const through = outcomes.some(({ kind }) => kind === 'accepted' || kind === 'refused');
    if (down.length === 0 && !through) return;
    this.troubled = down[0];
    if (through) this.pause = 0;
    // Pushes that went out before the pause began say nothing new of the service.
    if (down.length === 0 || elapsed < this.until) return;
    this.pause = Math.min(this.longest, Math.max(FIRST, 2 * this.pause));
    this.until = elapsed + Math.max(this.pause, ...down.map(asked));
  }
}

type Down = Extract<PushOutcome, { kind: 'away' | 'certificate-refused' }>;

const isDown = (outcome: PushOutcome): outcome is Down =>
  outcome.kind === 'away' || outcome.kind === 'certificate-refused';

const asked = (outcome: Down): number => (outcome.kind === 'away' ? (outcome.retryAfterMillis ?? 0) : AFTER_REFUSAL);
