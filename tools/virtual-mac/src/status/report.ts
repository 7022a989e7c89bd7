import { addMillis, type Instant, isBelow, toMillis } from '@managed-os/kernel';
import { drawMinutes } from '../chance.js';
import { KINDS, LISTS } from '../declarations/declaration.js';
import { type DeclarativeState, FRESH, remember, type Report } from '../declarations/declarative-state.js';
import { SUBSCRIPTIONS } from '../declarations/schema.js';
import { type Verdict, verdictsOf } from '../declarations/verdicts.js';
import type { Mac } from '../fleet.js';
import { canonical, isJsonDict, isList, type Json, type JsonDict } from '../json.js';
import { retryAfter } from '../retry.js';
import type { MacState } from '../state.js';
import { CAPABILITIES, capabilitiesOf, DECLARATIONS } from './capabilities.js';
import { hasItem, itemValue, STATUS_ITEMS } from './items.js';

/**
 * Status reports (section 4.4 of the protocol's specification): what was subscribed to and changed since the server was last
 * told, all of it once a day from macOS 14 on. A report is kept and sent again, word for word, until the server takes it.
 */

/** What the Mac has to tell: the values of its items, and what it was asked for and does not have. */
interface Standing {
  readonly items: ReadonlyMap<string, Json>;
  readonly errors: readonly Json[];
}

const standingOf = (mac: Mac, state: MacState): Standing => {
  const verdicts = verdictsOf(mac, state);
  const names = [...new Set(verdicts.flatMap(subscribedIn))];
  const implicit: readonly (readonly [string, Json])[] = [
    [DECLARATIONS, declarationsIn(verdicts)],
    [CAPABILITIES, capabilitiesOf(mac, state.osVersion)],
  ];
  const known = names.filter((name) => hasItem(mac, state.osVersion, name));
  return {
    items: new Map([...implicit, ...valuesOf(mac, state, known)]),
    errors: names
      .filter((name) => !known.includes(name) && !implicit.some(([other]) => other === name))
      .map((name) => ({ StatusItem: name, Reasons: [{ Code: 'Error.Unknown', Description: 'Unknown status item' }] })),
  };
};

const valuesOf = (mac: Mac, state: MacState, names: readonly string[]): readonly (readonly [string, Json])[] =>
  names.flatMap((name) => {
    const value = itemValue(mac, state, name);
    return value === undefined ? [] : [[name, value] as const];
  });

const subscribedIn = ({ declaration, active, valid }: Verdict): readonly string[] => {
  const { content } = declaration;
  const items = content?.type === SUBSCRIPTIONS && active && valid === 'valid' ? content.payload['StatusItems'] : [];
  return isList(items) ? items.filter(isJsonDict).map((item) => String(item['Name'])) : [];
};

const declarationsIn = (verdicts: readonly Verdict[]): Json =>
  Object.fromEntries(
    KINDS.map((kind) => [
      LISTS[kind].reported,
      verdicts.filter(({ declaration }) => declaration.kind === kind).map(rowOf),
    ]),
  );

const rowOf = ({ declaration, active, valid, reasons }: Verdict): Json => ({
  identifier: declaration.identifier,
  'server-token': declaration.serverToken,
  active,
  valid,
  ...(reasons.length === 0 ? {} : { reasons: reasons.map((reason) => ({ ...reason })) }),
});

/** From when there is something to report; `undefined`: not before something changes. */
export const reportFrom = (mac: Mac, state: MacState): Instant | null | undefined => {
  const { declarative } = state;
  if (!declarative) return undefined;
  if (declarative.report) return declarative.report.retryAt;
  // In the middle of a sync the set is neither the old one nor the new one.
  if (declarative.sync && declarative.sync.failures === 0) return undefined;
  const { items, errors } = standingOf(mac, state);
  const isNews = canonical(errors) !== declarative.toldErrors || changed(items, declarative).length > 0;
  return isNews ? null : (declarative.fullReportAt ?? undefined);
};

const changed = (items: ReadonlyMap<string, Json>, { told }: DeclarativeState): readonly (readonly [string, Json])[] =>
  [...items].filter(([name, value]) => told[name] !== canonical(value));

const hasFullReports = ({ osVersion }: MacState): boolean => !isBelow(osVersion, '14');

/** The report that is to be sent now is in the state, as it will be sent. */
export const reportPrepared = (mac: Mac, state: MacState, at: Instant): MacState => {
  const { declarative } = state;
  if (!declarative || declarative.report) return state;
  const { items, errors } = standingOf(mac, state);
  const isFirst = declarative.told[CAPABILITIES] === undefined;
  const isFull = hasFullReports(state) && hasCome(declarative.fullReportAt, at);
  const news = isFull ? [...items] : changed(items, declarative);
  const about = isFirst || isFull ? valuesOf(mac, state, DEVICE) : [];
  const body = {
    StatusItems: nested([...about, ...news]),
    Errors: isFull || canonical(errors) !== declarative.toldErrors ? errors : [],
    ...(hasFullReports(state) ? { FullReport: isFull } : {}),
  };
  const report: Report = {
    ...FRESH,
    body: JSON.stringify(body),
    told: Object.fromEntries([...items].map(([name, value]) => [name, canonical(value)])),
    toldErrors: canonical(errors),
    isFull,
  };
  return remember(state, { report });
};

/** A Mac says what it is when it first reports and whenever it reports all, subscribed or not. */
const DEVICE = Object.keys(STATUS_ITEMS).filter((name) => name.startsWith('device.'));

const hasCome = (at: Instant | null, now: Instant): boolean => at !== null && toMillis(at) <= toMillis(now);

/** `a.b.c` is an object in an object in an object. */
const nested = (items: readonly (readonly [string, Json])[]): JsonDict =>
  items.reduce<JsonDict>((tree, [name, value]) => grafted(tree, name.split('.'), value), {});

const grafted = (tree: JsonDict, [word = '', ...rest]: readonly string[], value: Json): JsonDict => {
  const below = tree[word];
  return { ...tree, [word]: rest.length === 0 ? value : grafted(isJsonDict(below) ? below : {}, rest, value) };
};

/** The server took the report. */
export const reportTaken = (mac: Mac, state: MacState, at: Instant): MacState => {
  const report = state.declarative?.report;
  if (!report || !state.declarative) return state;
  const { fullReportAt } = state.declarative;
  const isNextDue = hasFullReports(state) && (report.isFull || fullReportAt === null);
  return remember(state, {
    report: null,
    told: report.told,
    toldErrors: report.toldErrors,
    fullReportAt: isNextDue
      ? addMillis(at, drawMinutes(mac, 'full report', toMillis(at), 23 * 60, 25 * 60))
      : fullReportAt,
  });
};

/** It did not, whatever it said: the same report goes out again. */
export const reportLater = (state: MacState, at: Instant): MacState => {
  const report = state.declarative?.report;
  return report ? remember(state, { report: { ...report, ...retryAfter(report.failures, at) } }) : state;
};
