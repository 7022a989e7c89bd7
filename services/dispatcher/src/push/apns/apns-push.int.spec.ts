import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '@managed-os/event-store/testing';
import { realTime } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import type { PushTarget } from '../push.js';
import { FakeApns } from '../testing/fake-apns.js';
import { type Identity, type PushAuthority, pushAuthority, TOPIC } from '../testing/push-authority.js';
import { alerting, dismissing } from '../testing/refusing-servers.js';
import { ApnsPush } from './apns-push.js';
import { readPushCertificate } from './push-certificate.js';

const PATIENCE = { connect: 5_000, answer: 1_000, push: 10_000 };
const MAGIC = '9C1B7E52-0000-4000-8000-0123456789AB';

let authority: PushAuthority;
let ours: Identity;
let server: Identity;
let apns: FakeApns;
const closing: { close(): Promise<void> }[] = [];

const mac = (token = 'Ab0f', topic = TOPIC): PushTarget => ({
  udid: 'unused',
  token: Buffer.from(token, 'hex'),
  pushMagic: MAGIC,
  topic,
});

/** Of a server or a push; closed after the test. */
const closed = <T extends { close(): Promise<void> }>(what: T): T => {
  closing.push(what);
  return what;
};

const pushTo = (url: string, identity = ours, ca = authority.ca): ApnsPush => {
  const read = readPushCertificate(identity.cert, identity.key);
  if (!read.ok) throw new Error(read.problems.join());
  return closed(new ApnsPush(url, read.certificate, realTime, { ca, patience: PATIENCE }));
};

beforeAll(async () => {
  authority = await pushAuthority();
  [ours, server] = [await authority.pushCertificate(), await authority.server()];
  apns = await FakeApns.start(server, authority.ca);
});
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close();
  apns.received.length = 0;
  apns.behaviours.clear();
  apns.connections = 0;
});
afterAll(() => apns.close());

describe('a push to APNs', () => {
  it('is the magic and nothing else, to the token in lower case', async () => {
    expect(await pushTo(apns.url).wake(mac())).toEqual({ kind: 'accepted' });
    expect(apns.received).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = apns.received;
    expect(body).toBe(`{"mdm":"${MAGIC}"}`);
    expect(Object.fromEntries(Object.entries(headers))).toEqual({
      ':method': 'POST',
      ':scheme': 'https',
      ':authority': `127.0.0.1:${apns.port}`,
      ':path': '/3/device/ab0f',
      'apns-push-type': 'mdm',
      'content-length': String(body.length),
    });
  });

  it('goes over one connection with all others, as many at once as APNs takes', async () => {
    const narrow = closed(await FakeApns.start(server, authority.ca, { streams: 20, pause: 5 }));
    const push = pushTo(narrow.url);
    const outcomes = await Promise.all(Array.from({ length: 300 }, (_, i) => push.wake(mac(`00${i + 1_000}`))));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
    expect(narrow.connections).toBe(1);
    expect(narrow.mostAtOnce).toBe(20);
  });

  it('is not sent for a Mac that enrolled with another topic: our certificate does not reach it', async () => {
    expect(await pushTo(apns.url).wake(mac('ab', 'com.apple.mgmt.External.2'))).toEqual({
      kind: 'unsendable',
      reason: 'enrolled with another topic',
    });
    expect(apns.connections).toBe(0);
  });

  it.each([
    ['400 BadDeviceToken', { status: 400, reason: 'BadDeviceToken' }, { kind: 'refused', reason: 'BadDeviceToken' }],
    [
      '410 Unregistered, since when',
      { status: 410, reason: 'Unregistered', timestamp: 1_662_919_200_000 },
      { kind: 'refused', reason: 'Unregistered', since: '2022-09-11T18:00:00.000Z' },
    ],
    [
      '429 TooManyRequests',
      { status: 429, reason: 'TooManyRequests' },
      { kind: 'later', reason: 'TooManyRequests', retryAfterMillis: 600_000 },
    ],
    [
      '503 with Retry-After',
      { status: 503, reason: 'ServiceUnavailable', retryAfter: '120' },
      { kind: 'away', reason: 'ServiceUnavailable', retryAfterMillis: 120_000 },
    ],
    ['500', { status: 500 }, { kind: 'later', reason: 'status 500' }],
    [
      '403 BadCertificate',
      { status: 403, reason: 'BadCertificate' },
      { kind: 'certificate-refused', reason: 'BadCertificate' },
    ],
    [
      '403 ExpiredProviderToken',
      { status: 403, reason: 'ExpiredProviderToken' },
      { kind: 'certificate-refused', reason: 'ExpiredProviderToken' },
    ],
    ['a stream that is reset', 'reset', { kind: 'later', reason: 'ERR_HTTP2_STREAM_ERROR' }],
    ['silence', 'silence', { kind: 'later', reason: 'UND_ERR_HEADERS_TIMEOUT' }],
    [
      'a GOAWAY about our certificate',
      { goaway: 'BadCertificateEnvironment' },
      { kind: 'certificate-refused', reason: 'BadCertificateEnvironment' },
    ],
  ] as const)('%s', async (_, behaviour, outcome) => {
    apns.behaviours.set('ab0f', behaviour);
    const push = pushTo(apns.url);
    expect(await push.wake(mac())).toEqual(outcome);
    expect(await push.wake(mac('cd'))).toEqual({ kind: 'accepted' });
  });

  it('is not held up by others: not by silence, not by resets', async () => {
    const push = pushTo(apns.url);
    await push.wake(mac('01'));
    for (const token of ['aa', 'ab', 'ac']) apns.behaviours.set(token, 'silence');
    apns.behaviours.set('ad', 'reset');
    const held = ['aa', 'ab', 'ac', 'ad'].map((token) => push.wake(mac(token)));
    const began = performance.now();
    expect(await push.wake(mac('02'))).toEqual({ kind: 'accepted' });
    expect(performance.now() - began).toBeLessThan(PATIENCE.answer);
    expect((await Promise.all(held)).map(({ kind }) => kind)).toEqual(['later', 'later', 'later', 'later']);
    expect(apns.connections).toBe(1);
  });

  it('survives a GOAWAY in mid-flight: what it left out goes over the next connection, without our knowing', async () => {
    const push = pushTo(apns.url);
    apns.behaviours.set('aa', 'goaway');
    const outcomes = await Promise.all(['01', 'aa', '02', '03'].map((token) => push.wake(mac(token))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    expect(await push.wake(mac('04'))).toEqual({ kind: 'accepted' });
    expect(apns.connections).toBe(2);
    expect(apns.received.map(({ token }) => token)).toEqual(['01', 'aa', '02', '03', '02', '03', '04']);
  });

  it('is away when the connection is cut, and gets through over the next one', async () => {
    const push = pushTo(apns.url);
    apns.behaviours.set('aa', 'cut');
    expect(await push.wake(mac('aa'))).toMatchObject({ kind: 'away' });
    apns.behaviours.clear();
    expect(await push.wake(mac('aa'))).toEqual({ kind: 'accepted' });
    expect(apns.connections).toBe(2);
  });

  it('finds that a connection died in silence, and makes another', async () => {
    const path = closed(await TcpProxy.open(apns.url));
    const push = pushTo(new URL(path.url).origin);
    expect(await push.wake(mac('01'))).toEqual({ kind: 'accepted' });
    path.stall();
    expect(await push.wake(mac('02'))).toMatchObject({ kind: 'later' });
    const next = push.wake(mac('03'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    path.heal();
    // It waits until the ping was given up.
    expect(await next).toEqual({ kind: 'accepted' });
    expect(path.accepted).toBe(2);
  });
});

describe('when there is nobody, or somebody else', () => {
  it('is away when nobody listens', async () => {
    const gone = await FakeApns.start(server, authority.ca);
    const { url } = gone;
    await gone.close();
    expect(await pushTo(url).wake(mac())).toEqual({ kind: 'away', reason: 'ECONNREFUSED' });
  });

  it('tells nothing to a server that is not vouched for', async () => {
    const stranger = await pushAuthority();
    expect(await pushTo(apns.url, ours, stranger.ca).wake(mac())).toMatchObject({ kind: 'away' });
    expect(apns.received).toEqual([]);
  });

  it('is away when the server does not like our certificate and says nothing', async () => {
    const stranger = await pushAuthority();
    expect(await pushTo(apns.url, await stranger.pushCertificate()).wake(mac())).toMatchObject({ kind: 'away' });
    expect(apns.received).toEqual([]);
  });

  it.each([
    [42, 'BAD_CERTIFICATE'],
    [44, 'CERTIFICATE_REVOKED'],
    [45, 'CERTIFICATE_EXPIRED'],
    [48, 'UNKNOWN_CA'],
  ])('knows by the TLS alert %s that our certificate is refused: %s', async (alert, name) => {
    const { url } = closed(await alerting(alert));
    expect(await pushTo(url).wake(mac())).toEqual({
      kind: 'certificate-refused',
      reason: expect.stringMatching(`^ERR_SSL_.+_ALERT_${name}$`),
    });
  });

  it('knows by a GOAWAY that took no push that our certificate is refused, and does not try for ever', async () => {
    const refusing = closed(await dismissing(server, 'BadCertificate'));
    expect(await pushTo(refusing.url).wake(mac())).toEqual({ kind: 'certificate-refused', reason: 'BadCertificate' });
    expect(refusing.connections()).toBe(2);
  });

  it('is away after a GOAWAY for another reason', async () => {
    const { url } = closed(await dismissing(server, 'Shutdown'));
    expect(await pushTo(url).wake(mac())).toMatchObject({ kind: 'away' });
  });
});

describe('closing', () => {
  it('gives up what is under way and leaves no connection', async () => {
    const push = pushTo(apns.url);
    apns.behaviours.set('aa', 'silence');
    const waiting = push.wake(mac('aa'));
    await eventually(() => apns.received.length > 0, 'the push under way');
    await push.close();
    expect(await waiting).toMatchObject({ kind: 'away' });
    expect(await push.wake(mac('ab'))).toMatchObject({ kind: 'away' });
    await eventually(() => apns.open === 0, 'the end of the connection');
  });
});
