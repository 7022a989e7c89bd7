import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addMillis, type Instant, instant, toMillis } from './instant.js';
import { type ClockAnchor, SharedClock, simulatedMillis } from './shared-clock.js';
import { SystemClock } from './clock.js';
import { ManualClock } from './testing/manual-clock.js';

const START = '2022-09-10T06:00:00.000Z' as Instant;

/** A clock server as `tools/local` offers it. */
const serveAnchors = async (first: ClockAnchor) => {
  let anchor = first;
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const after = new URL(request.url ?? '', 'http://x').searchParams.get('after');
    const answer = (): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(anchor));
    if (after === String(anchor.revision)) waiting.push(answer);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/clock`,
    turn(next: Omit<ClockAnchor, 'revision'>) {
      anchor = { ...next, revision: anchor.revision + 1 };
      for (const answer of waiting.splice(0)) answer();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      waiting = [];
    },
  };
};

describe('the shared clock', () => {
  it('is simulated + (real − real₀) × rate', () => {
    const anchor: ClockAnchor = { revision: 1, real: instant(1_000), simulated: START, rate: 3600 };
    expect(simulatedMillis(anchor, 2_000)).toBe(toMillis(START) + 3_600_000);
  });

  it('follows the server to a new anchor, wakes sleepers when they are due and never runs backwards', async () => {
    const server = await serveAnchors({ revision: 1, real: instant(Date.now()), simulated: START, rate: 0 });
    const clock = await SharedClock.connect(server.url);
    try {
      expect(clock.now()).toBe(START);
      const due = addMillis(START, 86_400_000);
      const woken = clock.sleepUntil(due).then(() => clock.now());
      server.turn({ real: instant(Date.now()), simulated: START, rate: 86_400_000 });
      const at = await woken;
      expect(toMillis(at)).toBeGreaterThanOrEqual(toMillis(due));
      server.turn({ real: instant(Date.now()), simulated: START, rate: 0 });
      await clock.real.sleep(50);
      expect(toMillis(clock.now())).toBeGreaterThanOrEqual(toMillis(at));
    } finally {
      clock.close();
      server.close();
    }
  });

  it('stands still at the end of its anchor until there is a newer one', async () => {
    const end = addMillis(START, 1_000);
    const server = await serveAnchors({
      revision: 1,
      real: instant(Date.now()),
      simulated: START,
      rate: 1_000_000,
      until: end,
    });
    const clock = await SharedClock.connect(server.url);
    try {
      await clock.sleepUntil(end);
      let woken = false;
      const sleeping = clock.sleepUntil(addMillis(end, 1)).then(() => (woken = true));
      await clock.real.sleep(50);
      expect([clock.now(), woken]).toEqual([end, false]);
      server.turn({ real: instant(Date.now()), simulated: end, rate: 1_000 });
      await sleeping;
    } finally {
      clock.close();
      server.close();
    }
  });

  it('lets a sleeper go when it is asked to stop', async () => {
    const server = await serveAnchors({ revision: 1, real: instant(Date.now()), simulated: START, rate: 0 });
    const clock = await SharedClock.connect(server.url);
    const stop = new AbortController();
    const sleeping = clock.sleepUntil(addMillis(START, 1), stop.signal);
    stop.abort();
    await sleeping;
    clock.close();
    server.close();
  });
});

describe('the system clock', () => {
  it('never wakes a sleeper early', async () => {
    const clock = new SystemClock();
    const due = addMillis(clock.now(), 20);
    await clock.sleepUntil(due);
    expect(toMillis(clock.now())).toBeGreaterThanOrEqual(toMillis(due));
  });
});

describe('the manual clock', () => {
  it('wakes sleepers in order of their instants', async () => {
    const clock = new ManualClock(START);
    const order: string[] = [];
    const later = clock.sleepUntil(addMillis(START, 2)).then(() => order.push('later'));
    const sooner = clock.sleepUntil(addMillis(START, 1)).then(() => order.push('sooner'));
    clock.advance(5);
    await Promise.all([later, sooner]);
    expect(order).toEqual(['sooner', 'later']);
  });
});
