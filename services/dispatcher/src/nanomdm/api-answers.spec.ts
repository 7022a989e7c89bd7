import { describe, expect, it } from '@jest/globals';
import { enqueuedBy, pushedBy, readApiAnswer } from './api-answers.js';

const UDID = '00006020-0000000000000001';
const enqueued = (status: number, body: string) => enqueuedBy(readApiAnswer(status, body, UDID, 'command'));
const pushed = (status: number, error?: string) =>
  pushedBy(
    readApiAnswer(status, JSON.stringify({ status: { [UDID]: error ? { push_error: error } : {} } }), UDID, 'push'),
  );

describe('what NanoMDM says of a command', () => {
  it.each([
    ['it took it', 200, '{"no_push":true,"command_uuid":"u"}'],
    ['it has it, in its key-value storage', 500, '{"command_error":"command already exists: u"}'],
    [
      'it has it, in MySQL',
      500,
      '{"command_error":"Error 1062 (23000): Duplicate entry \'u\' for key \'commands.PRIMARY\'"}',
    ],
    [
      'it has it, in PostgreSQL',
      500,
      '{"command_error":"pq: duplicate key value violates unique constraint \\"commands_pkey\\""}',
    ],
    [
      'and in a PostgreSQL that speaks German',
      500,
      '{"command_error":"pq: doppelter Schlüsselwert verletzt Unique-Constraint »commands_pkey«"}',
    ],
  ])('%s: it is queued', (_, status, body) => expect(enqueued(status, body)).toEqual({ kind: 'queued' }));

  it.each([
    [
      'its storage does not take it',
      500,
      '{"command_error":"dial tcp: connection refused"}',
      'dial tcp: connection refused',
    ],
    [
      'it does not take it for this Mac',
      500,
      `{"status":{"${UDID}":{"command_error":"no such file"}}}`,
      'no such file',
    ],
    ['our key is another', 401, 'Unauthorized', 'NANOMDM_API_KEY is not the key of its API'],
    ['somebody else answers', 502, '<html>', 'status 502'],
    ['a yes with an error', 200, '{"command_error":"odd"}', 'odd'],
  ])('%s: it failed, and is tried again', (_, status, body, reason) =>
    expect(enqueued(status, body)).toEqual({ kind: 'failed', reason }),
  );

  it('of another Mac says nothing of this one', () =>
    expect(enqueued(200, '{"status":{"another":{"command_error":"no such file"}}}')).toEqual({ kind: 'queued' }));
});

describe('what NanoMDM says of a push', () => {
  it('Apple took it', () => expect(pushed(200)).toEqual({ kind: 'accepted' }));

  it.each([
    [
      'push HTTP status: 410: APNs push error: Unregistered: timestamp 1662919200000',
      { kind: 'refused', reason: 'Unregistered' },
    ],
    ['push HTTP status: 400: APNs push error: BadDeviceToken', { kind: 'refused', reason: 'BadDeviceToken' }],
    [
      'push HTTP status: 403: APNs push error: BadCertificate',
      { kind: 'certificate-refused', reason: 'BadCertificate' },
    ],
    ['push HTTP status: 503: APNs push error', { kind: 'away', reason: 'status 503' }],
    ['push data missing for id', { kind: 'later', reason: 'push data missing for id' }],
  ])('%s', (error, outcome) => expect(pushed(500, error)).toEqual(outcome));

  it('nothing that is about this Mac: nobody is pushed to for a while', () =>
    expect(pushedBy(readApiAnswer(502, '', UDID, 'push'))).toEqual({ kind: 'away', reason: 'status 502' }));
});
