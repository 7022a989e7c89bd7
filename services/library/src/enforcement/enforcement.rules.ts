import { isCivilDate, isTimeOfDay, isZone, majorOf, type OsMajor, parseVersion, PERIODS } from '@managed-os/kernel';
import { MODES } from './enforcement.js';

/** What an admin sent, unchecked; null means missing. */
export type Draft = Readonly<Partial<Record<Field | 'clock', unknown>>>;
export const FIELDS = ['mode', 'window', 'exploitedWindow', 'minimumVersion', 'deadlineDate', 'time'] as const;
export type Field = (typeof FIELDS)[number];

const VERSION = /^\d{1,5}(\.\d{1,5}){0,2}$/;

const isOneOf = (all: readonly string[], value: unknown): boolean => typeof value === 'string' && all.includes(value);
const isText = (value: unknown, test: (text: string) => boolean): boolean => typeof value === 'string' && test(value);
const isMissing = (value: unknown): boolean => value === undefined || value === null;

/**
 * In which modes a field must be there; in the others it must not, so that nobody believes it has an effect. Do Not Manage
 * has none (S58), automatic a window (S59), manual a version and a date (S60, S62, S64); zone and time of day belong to
 * both (S67, S68).
 */
const modesOf: Readonly<Record<Exclude<Field, 'mode'> | 'clock', readonly string[]>> = {
  window: ['automatic'],
  exploitedWindow: ['automatic'],
  minimumVersion: ['manual'],
  deadlineDate: ['manual'],
  time: ['automatic', 'manual'],
  clock: ['automatic', 'manual'],
};

/** Without it, releases that fix exploited vulnerabilities have the same window as others (X13). */
const isOptional = (field: Field | 'clock'): boolean => field === 'exploitedWindow';

/** A minimum is one of Apple's versions, not free text (S63). */
const shapes: Readonly<
  Record<Exclude<Field, 'mode'>, { readonly ok: (value: unknown) => boolean; readonly hint: string }>
> = {
  window: { ok: (v) => isOneOf(PERIODS, v), hint: `must be one of ${PERIODS.join(', ')}` },
  exploitedWindow: { ok: (v) => isOneOf(PERIODS, v), hint: `must be one of ${PERIODS.join(', ')}` },
  minimumVersion: {
    ok: (v) => isText(v, (text) => VERSION.test(text) && parseVersion(text) !== undefined),
    hint: 'must be a macOS version such as 12.5.1',
  },
  deadlineDate: { ok: (v) => isText(v, isCivilDate), hint: 'must be a day of the calendar such as 2022-09-16' },
  time: { ok: (v) => isText(v, isTimeOfDay), hint: 'must be a time of day such as 14:00' },
};

/** What is wrong with one field of a draft, as a sentence for the person who filled it in; `undefined` when nothing is. */
export const faultOf = (field: Field | 'clock', draft: Draft): string | undefined => {
  if (field === 'mode') return isOneOf(MODES, draft.mode) ? undefined : `mode must be one of ${MODES.join(', ')}`;
  // A wrong mode is one fault, not one per field that might belong to it.
  if (!isOneOf(MODES, draft.mode)) return undefined;
  const wanted = modesOf[field].includes(String(draft.mode));
  if (isMissing(draft[field]))
    return wanted && !isOptional(field) ? `${field} is needed when mode is ${String(draft.mode)}` : undefined;
  if (!wanted) return `${field} has no effect when mode is ${String(draft.mode)}: leave it out`;
  if (field === 'clock') return undefined;
  return shapes[field].ok(draft[field]) ? undefined : `${field} ${shapes[field].hint}`;
};

/** What is wrong with the clock: it is a zone, or the Mac's own, and not both. */
export const faultOfClock = (
  field: 'zone' | 'deviceLocal',
  { zone, deviceLocal }: { readonly zone?: unknown; readonly deviceLocal?: unknown },
): string | undefined => {
  if (field === 'deviceLocal') {
    if (isMissing(deviceLocal)) return undefined;
    if (deviceLocal !== true) return 'deviceLocal can only be true: leave it out and name a zone instead';
    return isMissing(zone) ? undefined : 'choose one: a zone, or deviceLocal';
  }
  if (isMissing(zone))
    return isMissing(deviceLocal) ? 'zone is needed, or deviceLocal: true for each Mac’s own clock' : undefined;
  return isText(zone, isZone) ? undefined : 'zone must be an IANA time zone such as Europe/Paris';
};

/** Whether a version can be the minimum of an item (S62): it is one of the item's own major. */
export const isOfMajor = (version: string, os: OsMajor): boolean => majorOf(version) === os;
