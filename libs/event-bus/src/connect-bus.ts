import type { RealTime } from '@managed-os/kernel';
import { connect, type ConnectionOptions, errors, type NatsConnection } from '@nats-io/transport-node';

/** Streams, atomic batches, pinned readers and consumer resets as this library uses them. */
const MINIMUM = [2, 14] as const;

/** The NATS server is older than the bus needs. */
export class ServerTooOld extends Error {
  override readonly name = 'ServerTooOld';
  readonly code = 'server-too-old';

  constructor(readonly version: string) {
    super(`NATS server ${version} is too old: ${MINIMUM.join('.')} or newer is needed`);
  }
}

export interface BusAddress {
  /** `nats://host:port`, several separated by commas. */
  readonly servers: string;
  readonly user?: string;
  readonly pass?: string;
  /** The service's name: shown by the server, and the name of its inboxes. */
  readonly name: string;
}

/** The prefix of a service's inboxes; nobody else may listen there. */
export const inboxPrefixOf = (service: string): string => `_INBOX_${service}`;

/**
 * Connects to NATS, waiting for ever for a server that is not there yet, and reconnects for ever afterwards.
 * Throws `ServerTooOld` below 2.14, and when the server refuses the user.
 */
export const connectBus = async (address: BusAddress): Promise<NatsConnection> => {
  const options = optionsOf(address);
  const probe = await firstConnection(options);
  const version = probe.info?.version ?? 'unknown';
  await probe.close();
  if (!isNewEnough(version)) throw new ServerTooOld(version);
  // Whom the server knows it will know again. Otherwise the client takes a second attempt in which nothing arrived for a
  // refusal, and closes the connection for good.
  return connect({ ...options, ignoreAuthErrorAbort: true });
};

const optionsOf = ({ servers, user, pass, name }: BusAddress): ConnectionOptions => ({
  servers: servers.split(','),
  name,
  inboxPrefix: inboxPrefixOf(name),
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 100,
  waitOnFirstConnect: true,
  pingInterval: 10_000,
  ...(user !== undefined && { user }),
  ...(pass !== undefined && { pass }),
});

/** Throws when the server refuses the user; that it did not hear who it is, is no refusal. */
const firstConnection = async (options: ConnectionOptions): Promise<NatsConnection> => {
  for (;;) {
    try {
      return await connect(options);
    } catch (error) {
      if (!(error instanceof errors.AuthorizationError && /timeout/i.test(error.message))) throw error;
    }
  }
};

/** Sends what is held back and closes; waits no longer than `patienceMs` for a server that cannot be reached. Never rejects. */
export const closeBus = async (connection: NatsConnection, real: RealTime, patienceMs: number): Promise<void> => {
  if (connection.isClosed()) return;
  // A connection that breaks while it drains rejects; there is nothing left to send it by.
  await inTime(connection.drain(), real, patienceMs).catch(() => false);
  await connection.close().catch(() => undefined);
};

/** Whether `work` ends within `millis`; the client queues for ever while it cannot reach its server. Rejects as `work` does. */
export const inTime = (work: Promise<unknown>, real: RealTime, millis: number): Promise<boolean> => {
  const decided = new AbortController();
  const late = real.sleep(millis, decided.signal).then(() => false);
  return Promise.race([work.then(() => true), late]).finally(() => decided.abort());
};

export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
};
