import { type Instant, localAt, parseInstant } from '@managed-os/kernel';
import type { Paint, Tone } from '../terminal.js';
import type { Device } from './api.js';
import type { StagedMac } from './staging.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2022-09-16T14:00:00` as `16 Sep 14:00`. */
const short = (local: string): string =>
  `${Number(local.slice(8, 10))} ${MONTHS[Number(local.slice(5, 7)) - 1]} ${local.slice(11, 16)}`;

export const shortUtc = (at: Instant): string => `${short(localAt(at, 'UTC'))} UTC`;

/** `America/New_York` as `New York`. */
const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

const words = (text: string): string => text.replaceAll('_', ' ').replace(/\bapple\b/, 'Apple');

/** In full, where there is room: with the reason, and whether the deadline has passed. */
export const stateOf = (device: Device | undefined): string => {
  if (device === undefined) return 'enrolling';
  if (device.status !== 'due')
    return device.reason ? `${words(device.status)}: ${words(device.reason)}` : words(device.status);
  return `${words(device.stage ?? 'due')}${device.overdue ? ', overdue' : ''}`;
};

/** In one or two words. */
const briefStateOf = (device: Device | undefined): string =>
  device === undefined ? 'enrolling' : words((device.status === 'due' ? device.stage : undefined) ?? device.status);

const TONES: Readonly<Record<string, Tone>> = {
  compliant: 'good',
  above_required: 'good',
  due: 'busy',
  blocked: 'bad',
  incompatible: 'bad',
};
/** Due, but nothing moves yet. */
const CALM = ['waiting', 'cached', 'cached_assumed', 'prompting'];

const toneOf = (device: Device | undefined): Tone => {
  if (device?.stage === 'failed') return 'bad';
  if (device === undefined || (device.stage !== null && CALM.includes(device.stage))) return 'plain';
  return TONES[device.status] ?? 'plain';
};

const deadlineOf = (device: Device | undefined): string =>
  device?.deadlineLocal ? `${short(device.deadlineLocal)} ${placeOf(device.zone ?? 'UTC')}` : '';

/** What a stage leads to, in fewer words than the API's sentence has; a stage that is not here is told by its first clause. */
const BRIEF: Readonly<Record<string, (at: string | undefined) => string>> = {
  waiting: (at) => (at ? `nothing before ${at}` : 'nothing yet'),
  cached: () => 'installs after the deadline',
  cached_assumed: () => 'installs after the deadline',
  prompting: () => 'downloads at the deadline',
  countdown: (at) => (at ? `installs when it ends, ${at}` : 'installs when it ends'),
  restarting: () => 'restarts, probably',
  verifying: () => 'what it still owes is worked out',
  waiting_for_apple: (at) => (at ? `is asked again ${at}` : 'is asked what Apple offers'),
  failed: (at) => (at ? `tries again ${at}` : 'somebody has to act'),
};

const briefNextOf = (device: Device | undefined): string => {
  if (!device?.next || device.status === 'compliant') return '';
  const at = device.nextAt ? parseInstant(device.nextAt) : undefined;
  const brief = device.status === 'due' && device.stage !== null ? BRIEF[device.stage] : undefined;
  if (brief) return brief(at && short(localAt(at, device.zone ?? 'UTC')));
  if (device.status !== 'due' && device.reason) return words(device.reason);
  // The line is about the Mac anyway.
  return (device.next.split(/[;:]|\. /)[0] ?? '').replace(/\.$/, '').replace(/^The Mac /, '');
};

const HEADINGS = ['MAC', 'VERSION', 'TARGET', 'STATE', 'DEADLINE IN ITS ZONE', 'WHAT HAPPENS NEXT'] as const;
const GAP = '  ';

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`;

/** One line per Mac, no longer than `columns`: the last cell gives way. */
export const tableOf = (
  macs: readonly StagedMac[],
  devices: ReadonlyMap<string, Device>,
  columns = Infinity,
  paint: Paint = (text) => text,
): readonly string[] => {
  const rows = macs
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, deviceId }) => {
      const device = devices.get(deviceId);
      const texts = [
        name,
        device?.osVersion ?? '',
        device?.target ?? '',
        briefStateOf(device),
        deadlineOf(device),
        briefNextOf(device),
      ];
      return { texts, tones: [, , , toneOf(device), device?.overdue ? 'bad' : 'plain'] as (Tone | undefined)[] };
    });
  const heading = { texts: HEADINGS, tones: HEADINGS.map((): Tone => 'faint') };
  const widths = HEADINGS.map((text, at) => Math.max(text.length, ...rows.map(({ texts }) => texts[at]?.length ?? 0)));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  widths[HEADINGS.length - 1] = Math.max(GAP.length, Math.min(widths.at(-1) ?? 0, columns - before));
  return [heading, ...rows].map(({ texts, tones }) => {
    const filled = texts.findLastIndex((text) => text !== '');
    return texts
      .slice(0, filled + 1)
      .map((text, at) => {
        const fitted = cut(text, widths[at] ?? 0);
        return paint(fitted, tones[at] ?? 'plain') + (at < filled ? ' '.repeat((widths[at] ?? 0) - fitted.length) : '');
      })
      .join(GAP);
  });
};
