import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { isOutage } from '@managed-os/event-bus';
import { ConflictPersists } from '@managed-os/event-store';
import type { FastifyReply } from 'fastify';
import type { Logger } from './logger.js';

/** A field that is wrong, and what to do about it. */
export interface FieldError {
  /** JSON pointer into the body, or `?name` of the query. */
  readonly pointer: string;
  readonly detail: string;
}

/** An answer of RFC 9457. `code` is stable, `detail` is for people; nothing of ours or PostgreSQL's leaks into it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly facts: Readonly<Record<string, unknown>> & { readonly errors?: readonly FieldError[] } = {},
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  401: 'Who is asking is not known',
  403: 'Not allowed',
  404: 'Not found',
  409: 'The state does not allow this',
  412: 'It changed meanwhile',
  413: 'The body is too large',
  415: 'The content type is not understood',
  422: 'The values do not fit together',
  428: 'A precondition is missing',
  500: 'Our fault',
  503: 'Not available now',
};

export const problemBody = (
  { status, code, detail, facts }: Problem,
  correlationId?: string,
): Record<string, unknown> => ({
  type: `urn:managed-os:problem:${code}`,
  title: TITLES[status] ?? 'The request was not carried out',
  status,
  code,
  detail,
  ...(correlationId && { correlationId }),
  ...facts,
});

const RETRY_AFTER_SECONDS = 2;

const answer = (reply: FastifyReply, problem: Problem, correlationId?: string): void =>
  void reply
    .status(problem.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemBody(problem, correlationId)));

/** For Fastify, which refuses a path that cannot be decoded before Nest hears of it. */
export const refuseUrl = (_error: unknown, _request: unknown, reply: FastifyReply): void =>
  answer(reply, new Problem(400, 'malformed', 'The path cannot be decoded: percent-encode it as UTF-8.'));

/**
 * Turns every error into a problem answer: 503 while the database or the bus is down, which is worth another try; what is
 * not understood is logged once and answered with a bare 500.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const correlationId = http.getRequest<{ correlationId?: string }>().correlationId;
    const problem = this.problemOf(error, correlationId);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
    answer(reply, problem, correlationId);
  }

  private problemOf(error: unknown, correlationId?: string): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof ConflictPersists) {
      return error.attempts === 1
        ? new Problem(412, 'revision-is-stale', 'It changed since you read it: read it again, then repeat the change.')
        : new Problem(503, 'too-much-contention', 'Others kept changing it at the same time: try again.');
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    if (status !== undefined && status < 500) {
      return new Problem(status, codeOf(status), error instanceof Error ? error.message : (TITLES[status] ?? ''));
    }
    if (isOutage(error)) {
      this.log.warn({ error, correlationId }, 'a request cannot be answered now: what it needs is down');
      return new Problem(503, 'unavailable', 'What the answer rests on cannot be reached at the moment: try again.');
    }
    this.log.error({ error, correlationId }, 'a request failed');
    return new Problem(500, 'internal', 'Something went wrong on our side; the correlation id finds it in the log.');
  }
}

const codeOf = (status: number): string =>
  ({ 400: 'malformed', 404: 'no-such-route', 413: 'too-large', 415: 'media-type' })[status] ?? 'refused';

/** Fastify's own errors carry `statusCode`. */
const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
