import { PgClient } from './pg-client.js';

/** Held until it is given back or lost; `lost` aborts when the connection that holds it breaks. */
export interface Lease {
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

interface Session {
  readonly client: PgClient;
  readonly lost: AbortSignal;
  /** Also for a connection that does not answer but was not heard to break. */
  giveUp(): void;
}

/**
 * Advisory locks of one process, on one connection of their own: whoever holds a lease is alone with it among all
 * processes, until the connection breaks. A holder must notice that it was overtaken by other means too, because a broken
 * connection is not always heard of at once.
 */
export class Leases {
  private session: Promise<Session> | undefined;
  private closed = false;
  private readonly held = new Set<string>();

  constructor(private readonly databaseUrl: string) {}

  /** The lease, or `undefined` while somebody holds it. Throws when the database cannot be reached. */
  async take(name: string): Promise<Lease | undefined> {
    if (this.closed || this.held.has(name)) return undefined;
    this.held.add(name);
    let session: Session | undefined;
    try {
      session = await this.connect();
      const { client, lost } = session;
      const { rows } = await client.query<{ taken: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
        [name],
      );
      if (!rows[0]?.taken || lost.aborted) {
        this.held.delete(name);
        return undefined;
      }
      lost.addEventListener('abort', () => this.held.delete(name), { once: true });
      const release = async (): Promise<void> => {
        if (lost.aborted || !this.held.delete(name)) return;
        await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
      };
      return { lost, release };
    } catch (error) {
      this.held.delete(name);
      session?.giveUp();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const session = await this.session?.catch(() => undefined);
    await session?.client.end();
  }

  private connect(): Promise<Session> {
    this.session ??= this.open().catch((error: unknown) => {
      this.session = undefined;
      throw error;
    });
    return this.session;
  }

  private async open(): Promise<Session> {
    const client = new PgClient({ connectionString: this.databaseUrl, query_timeout: 10_000 });
    const lost = new AbortController();
    const end = (): void => {
      if (lost.signal.aborted) return;
      this.session = undefined;
      lost.abort();
    };
    client.on('error', end);
    client.on('end', end);
    await client.connect();
    const giveUp = (): void => {
      end();
      void client.end().catch(() => undefined);
    };
    return { client, lost: lost.signal, giveUp };
  }
}
