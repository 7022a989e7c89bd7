import { type Instant, toMillis } from '@managed-os/kernel';
import type { Settings } from '../config.js';
import { real } from '../infra/real-time.js';
import { writeState } from '../infra/state-file.js';
import type { System } from '../supervisor/system.js';
import type { Paint, Terminal } from '../terminal.js';
import { type Api, connectApi, type Device, type Timer } from './api.js';
import { type Pace, Pacer, type Rates, ratesFor } from './pace.js';
import { setUp } from './set-up.js';
import { type Staging, staged } from './staging.js';
import { isThere, readCounts, summaryOf } from './summary.js';
import { shortUtc, stateOf, tableOf } from './table.js';

const LOOK_EVERY = 200;
const DEVICES = '/api/devices?limit=1000';
const TIMERS = '/api/deadlines/timers?limit=50';
/** A large fleet writes its counts less often. */
const COUNTS_WITHIN = 60_000;
/** A closing table of more Macs is read by nobody. */
const MOST_SHOWN = 100;

/**
 * A scenario before one's eyes: sets it up, brings the virtual Macs in, drives the clock until every Mac that
 * can be there is there, and says who is not and why. Resolves with an exit code; a second start goes on in the middle.
 */
export const runDemo = async (
  system: System,
  settings: Settings,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<number> => {
  const began = real.elapsed();
  const staging = staged(system.scenario, settings.macs);
  const api = connectApi(system.address, system.token, stopping);
  await setUp(api, staging, (line) => terminal.say(line));
  const fleetFile = system.folder.file('fleet.json');
  writeState(fleetFile, staging.fleetFile);
  terminal.say(`${staging.macs.length} virtual Macs come in; it is ${shortUtc(system.clock.now())}`);
  const since = system.clock.now();
  system.clock.run(ratesFor(staging.macs.length).slow);
  await system.startFleet(fleetFile);
  const devices = await drive(system, api, staging, terminal, stopping);
  if (stopping.aborted) return 1;
  system.clock.run(1);
  return close(system, settings, staging, devices, terminal, { since, began });
};

type Devices = ReadonlyMap<string, Device>;

const drive = async (
  system: System,
  api: Api,
  staging: Staging,
  terminal: Terminal,
  stopping: AbortSignal,
): Promise<Devices> => {
  const { clock } = system;
  const pacer = new Pacer();
  const rates = ratesFor(staging.macs.length);
  const ours = new Set(staging.macs.map(({ deviceId }) => deviceId));
  let known: Devices = new Map();
  let until: Instant | undefined;
  while (!stopping.aborted) {
    const [answered, timers] = await Promise.all([everyDevice(api), api.ask<{ items: readonly Timer[] }>(TIMERS)]);
    const devices = answered?.filter(({ id }) => ours.has(id));
    if (devices) {
      const fresh = new Map(devices.map((device) => [device.id, device]));
      if (!terminal.isTty) tellChanges(staging, known, fresh, clock.now(), terminal);
      known = fresh;
    }
    const { instants } = staging;
    const pace = pacer.judge(
      { now: clock.now(), devices, timers: timers?.items, instants, expected: staging.macs.length },
      real.elapsed(),
    );
    until = follow(system, pace, rates, until);
    const table = tableOf(staging.macs, known, terminal.columns, terminal.paint);
    terminal.show([headOf(system, staging, known, pace, terminal.paint), '', ...table]);
    if (devices && isOver(staging, known, clock.now())) break;
    await real.sleep(LOOK_EVERY, stopping);
  }
  terminal.show([]);
  return known;
};

/** All pages; `undefined` when one of them is not to be had at once. */
const everyDevice = async (api: Api): Promise<readonly Device[] | undefined> => {
  const devices: Device[] = [];
  for (let after = ''; ;) {
    const page = await api.ask<{ items: readonly Device[]; next: string | null }>(`${DEVICES}${after}`);
    if (!page) return undefined;
    devices.push(...page.items);
    if (page.next === null) return devices;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
};

/** Sets the clock's rate where it has to change; answers until when it now runs fast. */
const follow = (
  { clock }: System,
  pace: Pace,
  { fast, slow }: Rates,
  until: Instant | undefined,
): Instant | undefined => {
  if (pace.kind === 'slow') {
    if (clock.anchor.rate !== slow) clock.run(slow);
    return undefined;
  }
  // The clock itself turns slow at `until`: no look is ever late for what falls due.
  if (clock.anchor.rate !== fast || until !== pace.until) clock.run(fast, { at: pace.until, rate: slow });
  return pace.until;
};

const isOver = ({ macs, scenario }: Staging, devices: Devices, now: Instant): boolean =>
  toMillis(now) >= toMillis(scenario.end) ||
  macs.every((mac) => mac.ends === undefined || isThere(mac, devices.get(mac.deviceId)));

/** The day, how far the fleet is, how fast time passes and why, and what does not run. */
const headOf = (system: System, { macs }: Staging, devices: Devices, pace: Pace, paint: Paint): string => {
  const there = macs.filter((mac) => isThere(mac, devices.get(mac.deviceId))).length;
  const broken = system.parts().filter(({ state }) => state !== 'ready');
  return [
    paint(shortUtc(system.clock.now()).padEnd('30 Sep 00:00 UTC'.length), 'strong'),
    `${there} of ${macs.length} Macs are there`,
    pace.kind === 'fast' ? `fast forward to ${shortUtc(pace.until)}` : `slowly: ${pace.why}`,
    ...broken.map(({ name, state }) => paint(`${name} is ${state}`, 'bad')),
  ].join('   ');
};

/** Plain progress lines, where no table can be redrawn. */
const tellChanges = ({ macs }: Staging, before: Devices, after: Devices, now: Instant, terminal: Terminal): void => {
  for (const { name, deviceId } of macs) {
    const [old, device] = [before.get(deviceId), after.get(deviceId)];
    const line = (of: Device | undefined): string =>
      `macOS ${of?.osVersion ?? '?'}${of?.target ? ` → ${of.target}` : ''}  ${stateOf(of)}`;
    if (device && (!old || line(old) !== line(device)))
      terminal.say(`${shortUtc(now).padEnd(17)} ${name.padEnd(10)} ${line(device)}`);
  }
};

const close = async (
  system: System,
  settings: Settings,
  staging: Staging,
  devices: Devices,
  terminal: Terminal,
  { since, began }: { readonly since: Instant; readonly began: number },
): Promise<number> => {
  const counts = (): ReturnType<typeof summaryOf> =>
    summaryOf(staging.macs, devices, readCounts(system.folder.file('fleet', 'fleet.json')));
  // The Macs write their counts twice a second, or less often.
  const end = real.elapsed() + COUNTS_WITHIN;
  let outcome = counts();
  while (!outcome.good && real.elapsed() < end) {
    await real.sleep(LOOK_EVERY);
    outcome = counts();
  }
  const days = (toMillis(system.clock.now()) - toMillis(since)) / 86_400_000;
  const minutes = (real.elapsed() - began) / 60_000;
  if (staging.macs.length <= MOST_SHOWN)
    for (const line of tableOf(staging.macs, devices, terminal.columns, terminal.paint)) terminal.say(line);
  terminal.say('');
  const [first = '', ...rest] = outcome.lines;
  terminal.say(terminal.paint(first, outcome.good ? 'good' : 'bad'));
  for (const line of rest.flatMap((line) => wrapped(line, terminal.columns))) terminal.say(line);
  const passed =
    days < 0.1 ? 'Nothing was left to do' : `${days.toFixed(1)} days passed in ${minutes.toFixed(1)} minutes`;
  terminal.say(`${passed}; it is ${shortUtc(system.clock.now())}.`);
  terminal.say('');
  if (!settings.exitWhenDone)
    terminal.say(`The APIs go on at ${system.address} in real time; Ctrl-C stops everything.`);
  return outcome.good ? 0 : 1;
};

/** Broken between words, and what follows indented. */
const wrapped = (line: string, columns: number): readonly string[] => {
  const at = line.length <= columns ? -1 : line.lastIndexOf(' ', columns);
  return at <= MARGIN.length ? [line] : [line.slice(0, at), ...wrapped(`${MARGIN}${line.slice(at + 1)}`, columns)];
};

const MARGIN = '    ';
