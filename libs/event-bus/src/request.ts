import type { NatsConnection } from '@nats-io/transport-node';
import { headers, NoRespondersError, RequestError, TimeoutError } from '@nats-io/nats-core';
import { injectTrace } from './message-scope.js';

/** A handler of a request says no, with a code that the caller may branch on. Everything else is answered as `internal`. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';

  constructor(
    readonly code: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
  }
}

/** A request was not answered with a result: `no-responders`, `timeout`, `internal`, or the code that the other side refused with. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';

  constructor(
    readonly subject: string,
    readonly code: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(`request ${subject}: ${code}`, options);
  }
}

/** The header by which an answer says that it is an error; NATS' own convention for services. */
export const ERROR_HEADER = 'Nats-Service-Error-Code';

export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly facts?: Readonly<Record<string, unknown>> };
}

/** Asks whichever instance answers `subject`. Throws `RequestFailed` when no result comes within `timeoutMs`. */
export const request = async <T>(
  connection: NatsConnection,
  subject: string,
  body: unknown,
  timeoutMs: number,
): Promise<T> => {
  const hdrs = headers();
  injectTrace(hdrs);
  const reply = await connection
    .request(subject, JSON.stringify(body ?? null), { timeout: timeoutMs, headers: hdrs })
    .catch((cause: unknown) => {
      throw new RequestFailed(subject, codeOf(cause), {}, { cause });
    });
  if (reply.headers?.has(ERROR_HEADER)) {
    const { error } = reply.json<ErrorAnswer>();
    throw new RequestFailed(subject, error.code, error.facts);
  }
  return reply.json<T>();
};

const codeOf = (error: unknown): string => {
  if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders()))
    return 'no-responders';
  if (error instanceof TimeoutError) return 'timeout';
  return 'connection';
};
