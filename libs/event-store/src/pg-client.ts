import { Socket } from 'node:net';
import pg from 'pg';

/** How long a server may take to answer a goodbye. */
const GOODBYE_MS = 2_000;

/**
 * A connection to PostgreSQL that waits for no server that is gone. A network can break without a word to either side: then
 * an idle connection is found out by its keep-alive after some 20 s, one whose query is not answered in time
 * (`query_timeout`) is closed with it, and nobody waits long for its end.
 */
export class PgClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super({
      connectionTimeoutMillis: 10_000,
      query_timeout: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // In this mode a query without an answer takes its connection with it; else the next ones would queue up behind it.
      pipeline: true,
      ...config,
    });
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const { stream } = this.connection;
    if (stream instanceof Socket) stream.setTimeout(GOODBYE_MS, () => stream.destroy());
    return callback ? super.end(callback) : super.end();
  }
}

/** Whoever uses a connection of it that breaks is told by its query; an idle one that breaks is replaced. */
export const openPool = (options: pg.PoolConfig, idleBroke: (error: Error) => void = () => undefined): pg.Pool =>
  new pg.Pool({ Client: PgClient, ...options })
    // Unheard, the event would end the process.
    .on('connect', (client) => void client.on('error', () => undefined))
    .on('error', idleBroke);
