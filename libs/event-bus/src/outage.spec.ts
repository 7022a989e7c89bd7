import { describe, expect, it } from '@jest/globals';
import { isOutage } from './outage.js';

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('…', { cause }), { code });

describe('an outage', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    '57P01',
    '57P03',
    '08006',
    '53300',
    '25006',
    '40P01',
    'outcome-unknown',
    'timeout',
  ])('is %s, also as the cause of a cause', (code) => {
    expect(isOutage(coded(code))).toBe(true);
    expect(isOutage(new Error('…', { cause: new Error('…', { cause: coded(code) }) }))).toBe(true);
    expect(isOutage(new AggregateError([coded(code)]))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('is what pg says without a code: %s', (message) => expect(isOutage(new Error(message))).toBe(true));

  it.each([
    coded('23505'),
    coded('conflict-persists'),
    new TypeError('undefined is not a function'),
    'text',
    undefined,
  ])('is not %s', (error) => {
    expect(isOutage(error)).toBe(false);
  });
});
