/** A PostgreSQL or NATS server cannot be had or used as it is; the message says why, and what to do. */
export class ServerUnusable extends Error {
  override readonly name = 'ServerUnusable';
  readonly code = 'server-unusable';
}
