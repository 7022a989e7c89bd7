import type { ArgumentsHost } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import type { Logger } from './logger.js';
import { ProblemFilter } from './problem.js';

/** What a caller gets for an error, and at which levels it is logged. */
const answerTo = (error: unknown) => {
  const headers: Record<string, unknown> = {};
  const logged: string[] = [];
  let [status, body] = [0, ''];
  const reply = {
    header: (name: string, value: unknown) => ((headers[name] = value), reply),
    status: (code: number) => ((status = code), reply),
    send: (text: string) => ((body = text), reply),
  };
  const note = (level: string) => () => void logged.push(level);
  const log: Partial<Logger> = { warn: note('warn'), error: note('error') };
  const http = { getResponse: () => reply, getRequest: () => ({ correlationId: 'c' }) };
  const host: Partial<ArgumentsHost> = { getType: <T>() => 'http' as T, switchToHttp: () => http as never };
  new ProblemFilter(log as Logger).catch(error, host as ArgumentsHost);
  return { status, headers, body: JSON.parse(body) as Record<string, unknown>, logged };
};

describe('a request that fails', () => {
  it.each([
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
    new Error('appending', { cause: new Error('Connection terminated unexpectedly') }),
  ])('because the database is down can be tried again soon, and is no fault of ours: %s', (error) => {
    const { status, headers, body, logged } = answerTo(error);
    expect({ status, code: body['code'], logged }).toEqual({ status: 503, code: 'unavailable', logged: ['warn'] });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain(error.message);
  });

  it('for a reason that nobody foresaw is our fault, and says nothing of it to the caller', () => {
    const { status, headers, body, logged } = answerTo(new TypeError('undefined is not a function'));
    expect({ status, code: body['code'], logged }).toEqual({ status: 500, code: 'internal', logged: ['error'] });
    expect(headers).not.toHaveProperty('retry-after');
    expect(JSON.stringify(body)).not.toContain('undefined is not');
  });
});
