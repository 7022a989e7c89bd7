import type { NatsConnection, Status } from '@nats-io/transport-node';

/** Calls `act` after each reconnect, until `signal` aborts or the connection is closed for good. */
export const onReconnect = async (connection: NatsConnection, signal: AbortSignal, act: () => void): Promise<void> => {
  // The client's iterator can be stopped, which its type does not say; a `return()` would wait for the next status.
  const statuses: AsyncIterable<Status> & { stop?(): void } = connection.status();
  signal.addEventListener('abort', () => statuses.stop?.(), { once: true });
  if (signal.aborted) return;
  for await (const { type } of statuses) {
    if (type === 'reconnect' && !signal.aborted) act();
  }
};
