import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { addMillis, type Instant, instant, millisBetween, parseInstant, SharedClock } from '@managed-os/kernel';
import { LocalAuthority } from '../authority/local-authority.js';
import { type ControlServer, startControl } from '../control/control-server.js';
import { real } from '../infra/real-time.js';
import { SimulatedClock } from './simulated-clock.js';

const START = parseInstant('2022-09-10T06:00:00Z') as Instant;
const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-clock-'));
const clocks: SimulatedClock[] = [];
let files = 0;

const fresh = (): string => path.join(folder, `clock-${++files}.json`);
const open = (file = fresh()): SimulatedClock => {
  const clock = SimulatedClock.open(file, START);
  clocks.push(clock);
  return clock;
};

afterEach(() => clocks.splice(0).forEach((clock) => clock.close()));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the simulated clock', () => {
  it('stands still until a rate is set, then runs from where it is', async () => {
    const clock = open();
    await real.sleep(20);
    expect(clock.now()).toBe(START);
    const anchor = clock.run(3_600);
    expect(anchor).toMatchObject({ simulated: START, rate: 3_600 });
    await real.sleep(50);
    const passed = millisBetween(START, clock.now());
    expect(passed).toBeGreaterThan(40 * 3_600);
    const slower = clock.run(1);
    expect(millisBetween(addMillis(START, passed), slower.simulated)).toBeGreaterThanOrEqual(0);
    expect(slower.revision).toBe(anchor.revision + 1);
  });

  it('turns at a planned instant exactly, and never passes it before', async () => {
    const clock = open();
    const at = addMillis(START, 36_000_000);
    const { revision } = clock.run(360_000, { at, rate: 60 });
    const turned = await clock.after(revision, 5_000);
    expect(turned).toMatchObject({ simulated: at, rate: 60 });
  });

  it('forgets a plan that a newer rate replaces', async () => {
    const clock = open();
    clock.run(360_000, { at: addMillis(START, 18_000_000), rate: 60 });
    const { revision } = clock.run(1);
    expect(await clock.after(revision, 120)).toMatchObject({ revision, rate: 1 });
  });

  it('jumps forwards only', () => {
    const clock = open();
    expect(clock.jump(addMillis(START, 1_000)).simulated).toBe(addMillis(START, 1_000));
    expect(() => clock.jump(START)).toThrow(RangeError);
  });

  it('goes on where it stopped, standing still, with a newer anchor', async () => {
    const file = fresh();
    const first = open(file);
    first.run(100_000);
    await real.sleep(20);
    first.close();
    const reached = first.now();
    await real.sleep(20);
    const second = open(file);
    expect(second.now()).toBe(reached);
    expect(second.anchor.rate).toBe(0);
    expect(second.anchor.revision).toBeGreaterThan(first.anchor.revision);
  });

  it('does not go back over a crash: it goes on where the last anchor could lead at most', async () => {
    const file = fresh();
    const crashed = open(file);
    const { until } = crashed.run(100_000);
    const copy = fresh();
    writeFileSync(copy, readFileSync(file));
    expect(open(copy).now()).toBe(until);
    const at = addMillis(crashed.now(), 1_000_000);
    expect(crashed.run(100_000, { at, rate: 1 }).until).toBe(at);
    writeFileSync(copy, readFileSync(file));
    expect(open(copy).now()).toBe(at);
  });

  it('renews its anchor, so that those who hear of it never stand still', async () => {
    const clock = open();
    const first = clock.run(10);
    const second = await clock.after(first.revision, 5_000);
    expect(second.rate).toBe(10);
    expect(millisBetween(first.until ?? START, second.until ?? START)).toBeGreaterThan(0);
    expect(millisBetween(second.simulated, first.until ?? START)).toBeGreaterThan(0);
  });
});

describe('the clock server', () => {
  let control: ControlServer;
  const put = (body: unknown): Promise<Response> =>
    fetch(`${control.url}/clock`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  const serve = async (): Promise<SimulatedClock> => {
    const clock = open();
    control = await startControl(clock, await LocalAuthority.open(path.join(folder, 'ca')), { join: () => undefined });
    return clock;
  };
  afterEach(() => control?.close());

  it('is followed by the shared clock of every process', async () => {
    const clock = await serve();
    const shared = await SharedClock.connect(`${control.url}/clock`);
    expect(shared.now()).toBe(START);
    const sleeping = shared.sleepUntil(addMillis(START, 3_600_000));
    await put({ rate: 360_000 });
    await sleeping;
    expect(millisBetween(clock.now(), shared.now())).toBeLessThan(360_000);
    shared.close();
  });

  it('holds a request until there is a newer anchor', async () => {
    const clock = await serve();
    const held = fetch(`${control.url}/clock?after=${clock.anchor.revision}`).then((response) => response.json());
    await real.sleep(50);
    const { revision } = clock.run(5);
    expect(await held).toMatchObject({ revision, rate: 5 });
    expect(await (await fetch(`${control.url}/clock?after=0`)).json()).toMatchObject({ revision });
  });

  it.each([
    [{ rate: -1 }, 400],
    [{ rate: 'fast' }, 400],
    [{ rate: 5, planned: { at: 'tomorrow', rate: 1 } }, 400],
    [{ simulated: 'never' }, 400],
    [{ simulated: instant(0) }, 409],
    [{ simulated: '2022-09-11T00:00:00Z' }, 200],
    [{ rate: 5, planned: { at: '2022-09-12T00:00:00Z', rate: 1 } }, 200],
  ])('answers %j with %i', async (body, status) => {
    await serve();
    expect((await put(body)).status).toBe(status);
  });
});
