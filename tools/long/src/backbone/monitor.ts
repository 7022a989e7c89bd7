import type { RealTime } from '@managed-os/kernel';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type pg from 'pg';

/** How far everything is; what cannot be seen at the moment stays as it was. */
export interface Sample {
  /** Where the first log ends. */
  readonly appended: number;
  /** Where the first stream ends. */
  readonly relayed: number;
  /** Where the second log ends. */
  readonly reacted: number;
  /** Where the second stream ends. */
  readonly relayedOn: number;
  readonly openLetters: number;
  readonly letters: number;
}

export const STAGES = ['appended', 'relayed', 'reacted', 'relayedOn'] as const;
export type Stage = (typeof STAGES)[number];

const NOTHING: Sample = { appended: 0, relayed: 0, reacted: 0, relayedOn: 0, openLetters: 0, letters: 0 };
const ANSWER_MS = 1_500;
const LOOK_MS = 200;

const PROGRESS = `select (select last_position from deadlines.store)::int as appended, (select last_position from progress.store)::int as reacted,
  (select count(*) from progress.dead_letters where outcome is null)::int as "openLetters",
  (select count(*) from progress.dead_letters)::int as letters`;

/** Looks at stores and streams several times a second, past all sabotage, and knows the longest standstill of each. */
export class Monitor {
  /** The longest time in which a stage did not move, in milliseconds. */
  readonly stalls = new Map<Stage, number>();
  private now = NOTHING;
  private readonly moved = new Map<Stage, number>();

  constructor(
    private readonly pool: pg.Pool,
    private readonly connection: NatsConnection,
    private readonly real: RealTime,
  ) {}

  get sample(): Sample {
    return this.now;
  }

  /** Until `ending` aborts: every stage is expected to move all the time. */
  async watch(ending: AbortSignal): Promise<void> {
    for (const stage of STAGES) this.moved.set(stage, this.real.elapsed());
    while (!ending.aborted) {
      await this.look();
      await this.real.sleep(LOOK_MS, ending);
    }
    this.moved.clear();
  }

  async look(): Promise<Sample> {
    const before = this.now;
    const [stores, relayed, relayedOn] = await Promise.all([this.stores(), this.end('DEADLINES'), this.end('UPDATES')]);
    this.now = { ...before, ...stores, ...(relayed && { relayed }), ...(relayedOn && { relayedOn }) };
    const at = this.real.elapsed();
    for (const stage of STAGES) {
      const since = this.moved.get(stage);
      if (since === undefined) continue;
      this.stalls.set(stage, Math.max(this.stalls.get(stage) ?? 0, at - since));
      if (this.now[stage] !== before[stage]) this.moved.set(stage, at);
    }
    return this.now;
  }

  private async stores(): Promise<Partial<Sample>> {
    const answer = this.pool.query<Partial<Sample>>(PROGRESS).then(
      ({ rows }) => rows[0],
      () => undefined,
    );
    return (await Promise.race([answer, this.real.sleep(ANSWER_MS)])) ?? {};
  }

  private async end(context: string): Promise<number | undefined> {
    try {
      const jsm = await jetstreamManager(this.connection, { checkAPI: false, timeout: ANSWER_MS });
      return (await jsm.streams.info(`MOS_${context}`)).state.last_seq;
    } catch {
      return undefined;
    }
  }
}
