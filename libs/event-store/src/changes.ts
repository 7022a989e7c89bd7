import type { RealTime } from '@managed-os/kernel';
import type { Log } from './log.js';
import { PgClient } from './pg-client.js';

/** Between two looks at the log when nothing was heard; shorter while nothing can be heard. */
const LISTENING_POLL = 2_000;
const DEAF_POLL = 250;

/**
 * Hears of appends (or what else is told on a channel) by LISTEN/NOTIFY, from the first wait on. A lost connection is
 * opened again; whoever waits is woken after a while in any case, so a lost notification costs time and nothing else.
 */
export class Changes {
  private readonly closing = new AbortController();
  private waiters = new Set<() => void>();
  private following: Promise<void> | undefined;
  private listening = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly channel: string,
    private readonly real: RealTime,
    private readonly log?: Log,
  ) {}

  async next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || this.closing.signal.aborted) return;
    this.following ??= this.follow();
    const done = new AbortController();
    const heard = new Promise<void>((resolve) => {
      this.waiters.add(resolve);
      done.signal.addEventListener('abort', () => this.waiters.delete(resolve), { once: true });
    });
    const stop = (): void => done.abort();
    signal?.addEventListener('abort', stop, { once: true });
    await Promise.race([heard, this.real.sleep(this.listening ? LISTENING_POLL : DEAF_POLL, done.signal)]);
    signal?.removeEventListener('abort', stop);
    done.abort();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.wake();
    await this.following;
  }

  private wake(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter();
  }

  private async follow(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        await this.listen();
      } catch (error) {
        this.log?.warn({ error, channel: this.channel }, 'not hearing of appends; polling');
      }
      await this.real.sleep(1_000, this.closing.signal);
    }
  }

  /** Until the connection ends or the store closes. */
  private async listen(): Promise<void> {
    const client = new PgClient({ connectionString: this.databaseUrl });
    let stop = (): void => undefined;
    const ended = new Promise<unknown>((resolve) => {
      stop = () => resolve(undefined);
      client.on('error', resolve);
      client.on('end', stop);
      this.closing.signal.addEventListener('abort', stop);
    });
    try {
      await client.connect();
      client.on('notification', () => this.wake());
      await client.query(`listen ${client.escapeIdentifier(this.channel)}`);
      this.listening = true;
      this.wake(); // something may have happened while nobody listened
      const error = await ended;
      if (error) throw error;
    } finally {
      this.listening = false;
      this.closing.signal.removeEventListener('abort', stop);
      await client.end().catch(() => undefined);
    }
  }
}
