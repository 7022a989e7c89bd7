import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';

export const NDJSON = 'application/x-ndjson';

/** Nobody reads what is being found out. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
  readonly code = 'caller-gone';

  constructor() {
    super('the caller went away');
  }
}

/** Resolves when the caller has read enough for more to be written. Rejects when there is no use in going on. */
export type Write = (...lines: readonly object[]) => Promise<void>;

/**
 * Answers with one line of JSON per value, for as long as `work` writes; `signal` aborts when the caller goes away or HTTP
 * stops. An answer whose work failed is broken off: whoever reads it must not take it for the whole.
 */
export const streamLines = (
  reply: FastifyReply,
  stopping: AbortSignal,
  work: (write: Write, signal: AbortSignal) => Promise<void>,
): void => {
  const body = new PassThrough();
  const closed = new AbortController();
  body.once('close', () => closed.abort(new CallerGone()));
  const signal = AbortSignal.any([closed.signal, stopping]);
  const write: Write = async (...lines) => {
    signal.throwIfAborted();
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (body.write(text)) return;
    await once(body, 'drain', { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  };
  void reply.type(NDJSON).send(body);
  work(write, signal).then(
    () => body.end(),
    (error: unknown) => body.destroy(error instanceof Error ? error : new Error(String(error))),
  );
};
