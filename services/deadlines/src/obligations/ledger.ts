import type { Fact } from '@managed-os/contracts';
import type { Evaluation, Obligation } from '@managed-os/enforcement';
import {
  addMillis,
  compareVersions,
  type Instant,
  isBelow,
  localAt,
  parseVersion,
  reactionId,
} from '@managed-os/kernel';
import type { Reevaluated } from './obligations.input.js';
import { type Obligations, type OpenObligation, openingKey } from './obligations.state.js';

export type LedgerEvent = Fact<'ObligationOpened'> | Fact<'ObligationClosed'> | Fact<'ObligationRescheduled'>;

/**
 * What opens, closes and moves so that the ledger says what the evaluation says: what a Mac no longer owes is closed at
 * once, in the middle of a countdown too (Q38). A Mac of which too little is known keeps what it owed to the same item: a
 * missing fact neither discharges nor withdraws.
 */
export const reconcile = (state: Obligations, input: Reevaluated): readonly LedgerEvent[] => {
  const { item, evaluation } = input;
  const wanted = owedIn(evaluation).map((obligation) => spared(state, obligation, input));
  const keeps = (open: OpenObligation): boolean =>
    open.itemId === item?.itemId && (evaluation.status === 'unknown' || wanted.some((w) => isSame(open, w)));
  const events: LedgerEvent[] = state.open.filter((open) => !keeps(open)).map((open) => closed(open, input));
  if (!item) return events;
  for (const obligation of wanted) {
    const open = state.open.find((o) => o.itemId === item.itemId && isSame(o, obligation));
    if (!open) events.push(opened(state, input, item, obligation));
    else if (moves(state, open, obligation, item))
      events.push(rescheduled(input, item, open, obligation, !isSamePolicy(state, item)));
  }
  return events;
};

const owedIn = (evaluation: Evaluation): readonly Obligation[] =>
  'obligations' in evaluation ? evaluation.obligations : [];

const isSame = (open: OpenObligation, { version, openedBy }: Obligation): boolean =>
  (open.openedBy === 'policy') === (openedBy === 'policy') && compareVersions(open.version, version) === 0;

/** A Mac whose user is being prompted already gets at least so much of a shortened window (X13). */
const LEAST_NOTICE = 24 * 3_600_000;

const spared = ({ open }: Obligations, wanted: Obligation, { now }: Reevaluated): Obligation => {
  const { reckoning, deadline, zone } = wanted;
  const least = addMillis(now, LEAST_NOTICE);
  if (reckoning?.because !== 'exploited' || deadline >= least || open.every(({ phase }) => phase === 'waiting'))
    return wanted;
  // What it was given once, it keeps; later than the item's own window it never gets.
  const given = open.find((obligation) => isSame(obligation, wanted));
  const bounds = [given?.deadline as Instant | undefined, reckoning.regularDeadline];
  const latest = bounds.reduce<Instant>((lowest, bound) => (bound && bound < lowest ? bound : lowest), least);
  if (latest <= deadline) return wanted;
  const notifyFrom = given?.deadline === latest ? (given.notifyFrom as Instant) : wanted.notifyFrom;
  return { ...wanted, deadline: latest, notifyFrom, deadlineLocal: localAt(latest, zone) };
};

type ItemRef = NonNullable<Reevaluated['item']>;

const isSamePolicy = ({ plan }: Obligations, { itemId, revision }: ItemRef): boolean =>
  plan?.itemId === itemId && plan.itemRevision === revision;

/** Only an admin moves a deadline later; that Apple's feed moved a date does not (X7). */
const moves = (
  state: Obligations,
  open: OpenObligation,
  { deadline, notifyFrom, zone }: Obligation,
  item: ItemRef,
): boolean => {
  if (open.deadline === deadline && open.notifyFrom === notifyFrom && open.zone === zone) return false;
  return !(isSamePolicy(state, item) && open.zone === zone && deadline > open.deadline);
};

const opened = (
  state: Obligations,
  { deviceId }: Reevaluated,
  { itemId, revision }: ItemRef,
  { version, openedBy, deadline, notifyFrom, deadlineLocal, zone, reckoning }: Obligation,
): Fact<'ObligationOpened'> => {
  const source = openedBy === 'policy' ? `policy ${revision}` : 'release';
  const times = state.openings[openingKey({ itemId, openedBy, version })] ?? 0;
  return {
    type: 'ObligationOpened',
    deviceId,
    obligationId: reactionId('obligation', deviceId, itemId, source, version, times),
    itemId,
    version,
    openedBy,
    deadline,
    notifyFrom,
    deadlineLocal,
    zone,
    itemRevision: revision,
    ...(reckoning && { released: reckoning.released, window: reckoning.window }),
    ...(reckoning?.because && { windowBecause: reckoning.because }),
    cves: reckoning?.cves ?? [],
  };
};

const closed = (open: OpenObligation, { deviceId, osVersion }: Reevaluated): Fact<'ObligationClosed'> => {
  const { obligationId, version } = open;
  const discharged = osVersion !== undefined && parseVersion(osVersion) !== undefined && !isBelow(osVersion, version);
  return {
    type: 'ObligationClosed',
    deviceId,
    obligationId,
    outcome: discharged ? 'discharged' : 'withdrawn',
    ...(discharged && { observedVersion: osVersion }),
  };
};

const rescheduled = (
  { deviceId }: Reevaluated,
  { revision }: ItemRef,
  { obligationId, ...previous }: OpenObligation,
  { deadline, notifyFrom, deadlineLocal, zone, reckoning }: Obligation,
  isEdited: boolean,
): Fact<'ObligationRescheduled'> => ({
  type: 'ObligationRescheduled',
  deviceId,
  obligationId,
  previousDeadline: previous.deadline,
  deadline,
  notifyFrom,
  deadlineLocal,
  zone,
  itemRevision: revision,
  previousNotifyFrom: previous.notifyFrom,
  because: reckoning?.because ?? (isEdited ? 'policy' : previous.zone === zone ? 'date' : 'zone'),
  ...(reckoning && { window: reckoning.window }),
  cves: reckoning?.cves ?? [],
});
