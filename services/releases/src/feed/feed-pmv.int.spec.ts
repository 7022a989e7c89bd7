import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LARGEST_PMV } from '@managed-os/apple-mdm';
import { realTime } from '@managed-os/kernel';
import { eventually, ManualClock } from '@managed-os/kernel/testing';
import { bodyText } from '../testing/feed-bodies.js';
import { makeRoot, type Root, startHttps } from '../testing/https-server.js';
import { at } from '../testing/played.js';
import { feedPmv } from './feed-pmv.js';
import { httpsGet } from './https-get.js';

const BODY = bodyText({ open: [{ version: '26.2', build: '25C56' }] });
let [apple, other]: readonly Root[] = [];
let answer: (response: ServerResponse) => void;
let server: Awaited<ReturnType<typeof startHttps>>;
beforeAll(async () => {
  [apple, other] = await Promise.all([makeRoot('Apple Root CA'), makeRoot('another')]);
  if (apple) server = await startHttps(apple, (response) => answer(response));
});
afterAll(() => server?.close());

const never = new AbortController().signal;
const get = (ca = apple?.ca ?? '', limits: { largest?: number; timeoutMs?: number } = {}): Promise<string> =>
  httpsGet({ url: server.url, ca, largest: 1_000_000, timeoutMs: 10_000, ...limits }, realTime, never).then((bytes) =>
    Buffer.from(bytes).toString(),
  );

describe('Apple’s service over the network', () => {
  it('is read', async () => {
    answer = (response) => response.end(BODY);
    expect(await get()).toBe(BODY);
  });

  it('X14 is believed with a certificate of the configured root only', async () => {
    answer = (response) => response.end(BODY);
    await expect(get(other?.ca)).rejects.toMatchObject({ code: 'download-failed' });
    await expect(
      httpsGet({ url: server.url, largest: 1_000_000, timeoutMs: 10_000 }, realTime, never),
    ).rejects.toMatchObject({ code: 'download-failed' });
  });

  it.each([
    ['another status', (response: ServerResponse) => response.writeHead(503).end(BODY)],
    ['a redirect', (response: ServerResponse) => response.writeHead(302, { location: server.url }).end()],
    ['a connection that breaks', (response: ServerResponse) => response.destroy()],
    [
      'an answer that breaks off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 1_000 });
        response.write(BODY.slice(0, 50), () => response.destroy());
      },
    ],
  ])('X14 %s says nothing', async (_, act) => {
    answer = act;
    await expect(get()).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('X14 an answer that does not come is given up', async () => {
    answer = (response) => void response.write('{');
    await expect(get(undefined, { timeoutMs: 200 })).rejects.toMatchObject({
      message: expect.stringContaining('no whole answer in 0.2 s'),
    });
  });

  it('X14 is read no further than a response may be long', async () => {
    answer = (response) => void response.write('x'.repeat(100_000));
    expect(await get(undefined, { largest: 5_000 })).toHaveLength(5_001);
  });

  it('is asked at once, then every day, an hour after a body that was refused, and as often as it fails', async () => {
    answer = (response) => response.end(BODY);
    const clock = new ManualClock(at('2026-09-20T18:00Z'));
    const source = feedPmv({ url: server.url, ca: apple?.ca ?? '', leastPauseMs: 0 }, clock);
    const next = (refused = false) => source.next({ after: '', refused, signal: never });
    const before = server.asked();
    expect(await next()).toMatchObject({ name: server.url, seen: '2026-09-20T18:00:00.000Z' });
    const second = next();
    clock.moveTo(at('2026-09-21T17:59Z'));
    await realTime.sleep(50);
    expect(server.asked()).toBe(before + 1);
    clock.moveTo(at('2026-09-21T18:00Z'));
    expect(await second).toMatchObject({ seen: '2026-09-21T18:00:00.000Z' });
    const third = next(true);
    answer = (response) => response.writeHead(500).end();
    clock.moveTo(at('2026-09-21T19:00Z'));
    await expect(third).rejects.toMatchObject({ code: 'download-failed' });
    answer = (response) => response.end(BODY);
    expect(await next(true)).toMatchObject({ seen: '2026-09-21T19:00:00.000Z' });
    expect(server.asked()).toBe(before + 4);
  });

  it('ends when the service does', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const source = feedPmv({ url: server.url, ca: apple?.ca ?? '' }, new ManualClock(at('2026-09-20T18:00Z')));
    const before = server.asked();
    const asking = source.next({ after: '', refused: false, signal: stop.signal });
    await eventually(() => server.asked() > before, 'the request');
    stop.abort();
    await expect(asking).rejects.toMatchObject({ code: 'download-failed' });
    expect(await source.next({ after: '', refused: false, signal: stop.signal })).toBeUndefined();
  });

  it('has a limit that Apple’s responses fit in a hundred times', () =>
    expect(LARGEST_PMV).toBeGreaterThan(100 * 60_000));
});
