import { describe, expect, it } from '@jest/globals';
import { instant } from '@managed-os/kernel';
import { certificateReason, outcomeOf, outcomeOfError, type PushAnswer, readAnswer } from './answers.js';

const now = instant(1_662_919_200_000);
const answer = (status: number, reason: string): PushAnswer => ({ status, reason });

describe('what APNs says', () => {
  it.each([
    [200, 'status 200', 'accepted'],
    [400, 'BadDeviceToken', 'refused'],
    [400, 'DeviceTokenNotForTopic', 'refused'],
    [410, 'Unregistered', 'refused'],
    [410, 'ExpiredToken', 'refused'],
    [410, 'status 410', 'refused'],
    [400, 'BadTopic', 'unsendable'],
    [400, 'MissingTopic', 'unsendable'],
    [400, 'TopicDisallowed', 'unsendable'],
    [400, 'InvalidPushType', 'unsendable'],
    [400, 'MissingDeviceToken', 'unsendable'],
    [400, 'DuplicateHeaders', 'unsendable'],
    [400, 'PayloadEmpty', 'unsendable'],
    [404, 'BadPath', 'unsendable'],
    [405, 'MethodNotAllowed', 'unsendable'],
    [413, 'PayloadTooLarge', 'unsendable'],
    [400, 'IdleTimeout', 'later'],
    [400, 'a word of tomorrow', 'later'],
    [403, 'BadCertificate', 'certificate-refused'],
    [403, 'BadCertificateEnvironment', 'certificate-refused'],
    [403, 'Forbidden', 'certificate-refused'],
    [403, 'MissingProviderToken', 'certificate-refused'],
    [429, 'TooManyRequests', 'later'],
    [500, 'InternalServerError', 'later'],
    [502, 'status 502', 'away'],
    [503, 'ServiceUnavailable', 'away'],
    [503, 'Shutdown', 'away'],
    [301, 'status 301', 'later'],
  ])('%s %s: %s', (status, reason, kind) => expect(outcomeOf(answer(status, reason)).kind).toBe(kind));

  it('is passed on in its own words, with when a token died and how long to wait', () => {
    const since = instant(1_662_915_600_000);
    expect(outcomeOf({ ...answer(410, 'Unregistered'), since })).toEqual({
      kind: 'refused',
      reason: 'Unregistered',
      since,
    });
    expect(outcomeOf({ ...answer(503, 'Shutdown'), retryAfterMillis: 7_000 })).toEqual({
      kind: 'away',
      reason: 'Shutdown',
      retryAfterMillis: 7_000,
    });
  });
});

describe('reading an answer', () => {
  it.each([
    ['', 'status 400'],
    ['not JSON', 'status 400'],
    ['"BadDeviceToken"', 'status 400'],
    ['null', 'status 400'],
    ['{"reason":7}', 'status 400'],
    ['{"reason":""}', 'status 400'],
    ['{"reason":"BadDeviceToken"}', 'BadDeviceToken'],
    [`{"reason":"${'x'.repeat(5_000)}"}`, 'x'.repeat(100)],
  ])('%.40s', (body, reason) => expect(readAnswer(400, body, undefined, now)).toEqual({ status: 400, reason }));

  it.each([
    ['1662915600000', '2022-09-11T17:00:00.000Z'],
    ['1662915600000000', undefined],
    ['-1', undefined],
    ['"yesterday"', undefined],
  ])('timestamp %s', (timestamp, since) =>
    expect(readAnswer(410, `{"reason":"Unregistered","timestamp":${timestamp}}`, undefined, now).since).toBe(since),
  );

  it.each([
    ['30', 30_000],
    ['0', 0],
    ['Sun, 11 Sep 2022 18:01:00 GMT', 60_000],
    ['Sun, 11 Sep 2022 17:00:00 GMT', 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    [['1', '2'], undefined],
  ])('Retry-After %s', (header, millis) => expect(readAnswer(503, '', header, now).retryAfterMillis).toBe(millis));
});

describe('no answer', () => {
  const failure = (code: string, cause?: unknown) => Object.assign(new Error('text', { cause }), { code });

  it.each([
    [failure('UND_ERR_HEADERS_TIMEOUT'), 'later'],
    [failure('ERR_HTTP2_STREAM_ERROR'), 'later'],
    [failure('ECONNREFUSED'), 'away'],
    [failure('UND_ERR_SOCKET'), 'away'],
    [failure('UND_ERR_CONNECT_TIMEOUT'), 'away'],
    [failure('CERT_HAS_EXPIRED'), 'away'],
    [failure('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED'), 'certificate-refused'],
    [failure('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'certificate-refused'],
    [failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'certificate-refused'],
    [failure('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'), 'away'],
  ])('%s', (error, kind) => expect(outcomeOfError(error)).toEqual({ kind, reason: error.code }));

  it('is told by the code of the cause, never by text', () => {
    expect(outcomeOfError(failure('', failure('ECONNRESET')))).toEqual({ kind: 'away', reason: 'ECONNRESET' });
    expect(outcomeOfError(new TypeError('fetch failed'))).toEqual({ kind: 'away', reason: 'TypeError' });
    expect(outcomeOfError('text')).toEqual({ kind: 'away', reason: 'unknown' });
  });
});

describe('the debug data of a GOAWAY', () => {
  it.each([
    ['{"reason":"BadCertificate"}', 'BadCertificate'],
    ['{"reason":"BadCertificateEnvironment"}', 'BadCertificateEnvironment'],
    ['{"reason":"Shutdown"}', undefined],
    ['{"reason":"BadDeviceToken"}', undefined],
    ['', undefined],
  ])('%s', (text, reason) => expect(certificateReason(text)).toBe(reason));
});
