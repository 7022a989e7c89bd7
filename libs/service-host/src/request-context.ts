import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Clock, type Ids, reactionId } from '@managed-os/kernel';
import { currentTraceparent } from '@managed-os/event-bus';
import type { Cause, Once } from '@managed-os/event-store';
import type { FastifyRequest } from 'fastify';
import type { Presented } from './preview-token.js';
import { Problem } from './problem.js';

/** Who asked for a change, as what, and whether it is a repeat. Hand it to a command handler as it is. */
export interface RequestContext {
  readonly cause: Cause;
  /** Present with an `Idempotency-Key`: the same key of the same caller on the same route happens once. */
  readonly once?: Once;
}

declare module 'fastify' {
  interface FastifyRequest {
    requestContext?: RequestContext;
  }
}

/** The context of the request, made by the guard. */
export const RequestContext = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => {
  const { requestContext } = execution.switchToHttp().getRequest<FastifyRequest>();
  if (!requestContext) throw new Error('@RequestContext() on a route without @Role()');
  return requestContext;
});

/** The revision of `If-Match`; 428 when it is missing, 400 when it is no ETag of ours. */
export const IfMatch = createParamDecorator((_: unknown, execution: ExecutionContext): bigint => {
  const header = execution.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (!header)
    throw new Problem(
      428,
      'if-match-required',
      'Send If-Match with the ETag you read, so that nobody’s change is lost.',
    );
  const revision = /^(?:W\/)?"(\d{1,18})"$/.exec(header)?.[1];
  if (!revision)
    throw new Problem(400, 'if-match-malformed', 'If-Match must be an ETag as you received it, such as "3".');
  return BigInt(revision);
});

/** `Preview-Token` and `Preview-Confirm` of a save, as they came (X4); 400 when the count is no number. */
export const PreviewOfSave = createParamDecorator((_: unknown, execution: ExecutionContext): Presented => {
  const { headers } = execution.switchToHttp().getRequest<FastifyRequest>();
  const [token, count] = [headers['preview-token'], headers['preview-confirm']];
  if (count !== undefined && !/^\d{1,9}$/.test(String(count)))
    throw new Problem(400, 'preview-confirm-malformed', 'Preview-Confirm must be the number of Macs, such as 25.');
  return {
    ...(token !== undefined && { token: String(token) }),
    ...(count !== undefined && { confirm: Number(count) }),
  };
});

/** The ETag of a revision. */
export const etag = (revision: bigint): string => `"${revision}"`;

export const newContext = (request: FastifyRequest, actor: string, clock: Clock, ids: Ids): RequestContext => {
  const correlationId = request.correlationId ?? ids.next();
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || key.length === 0 || key.length > 200)) {
    throw new Problem(400, 'idempotency-key-malformed', 'Idempotency-Key must be one text of 1 to 200 characters.');
  }
  const messageId = key && reactionId('http', actor, request.method, request.url, key);
  const traceparent = currentTraceparent();
  return {
    cause: {
      correlationId,
      actor,
      time: clock.now(),
      idOf: (index) => (messageId ? reactionId(messageId, index) : ids.next()),
      ...(traceparent && { traceparent }),
    },
    ...(messageId && { once: { consumer: 'http', messageId } }),
  };
};
