import { type Instant, toMillis } from '@managed-os/kernel';
import { sql } from 'kysely';
import type { Db } from '../tables.js';

const PAUSE = 1_000;

/** When each Mac last said anything. Noted in memory, written in batches: what is lost in a crash is a second's worth. */
export class LastSeen {
  private noted = new Map<string, Instant>();

  constructor(private readonly db: Db) {}

  note(deviceId: string, at: Instant): void {
    this.noted.set(deviceId, at);
  }

  /** Writes what was noted since the last time; what cannot be written now is kept for the next time. */
  async flush(): Promise<void> {
    if (this.noted.size === 0) return;
    const batch = this.noted;
    this.noted = new Map();
    try {
      // In one order, so that two replicas never wait for each other.
      const rows = [...batch].toSorted(([a], [b]) => (a < b ? -1 : 1));
      await sql`insert into last_seen (device_id, at)
        select * from unnest(${rows.map(([id]) => id)}::uuid[], ${rows.map(([, at]) => at)}::text[])
        on conflict (device_id) do update set at = greatest(last_seen.at, excluded.at)`.execute(this.db);
    } catch (error) {
      for (const [id, at] of batch) {
        const newer = this.noted.get(id);
        if (newer === undefined || toMillis(newer) < toMillis(at)) this.noted.set(id, at);
      }
      throw error;
    }
  }

  /** Keeps writing until `signal` aborts, and once more then. */
  async run(sleep: (millis: number, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(PAUSE, signal);
      await this.flush();
    }
  }
}
