/**
 * Errors that say "the outside world is down", not "this message is bad": PostgreSQL and NATS cannot be reached, are
 * starting, stopping or full. They are retried for ever and never count as a try, or an outage would park the fleet.
 * The one list of its kind; whatever is not on it counts.
 */
const NODE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** 08 connection, 53 resources, 57P shut down or starting, 25006 read-only (a standby), 40 serialization and deadlock. */
const SQL_STATES = /^(08...|53...|57P..|25006|40...)$/;
/** pg has no codes for a connection that ends under a query, or ended before it, or does not come about, nor for no answer. */
const CODELESS = [
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'timeout exceeded when trying to connect',
  'Query read timeout',
];
const OWN_CODES = new Set(['outcome-unknown', 'store-closed', 'no-responders', 'timeout']);

export const isOutage = (error: unknown, depth = 0): boolean => {
  if (!(error instanceof Error) || depth > 5) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NODE_CODES.has(code) || SQL_STATES.test(code) || OWN_CODES.has(code)) return true;
  if (CODELESS.some((words) => error.message.startsWith(words))) return true;
  if (error instanceof AggregateError) return error.errors.some((inner) => isOutage(inner, depth + 1));
  return isOutage(error.cause, depth + 1);
};
