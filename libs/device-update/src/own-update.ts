import type { Fact } from '@managed-os/contracts';
import { present } from '@managed-os/kernel';
import { classify, failureOf } from './failures.js';
import { declarationWay } from './mechanisms.js';
import { type Attempt, isOwnUpdate, type OwnUpdate, type UpdateEvent, type UpdateState } from './state.js';

/**
 * What the Mac says of the update that macOS makes by itself because of the declaration (X1). Words that we do not know are
 * kept (trap 12), and nothing of it makes a Mac compliant (X11).
 */
export const onUpdateState = (fact: Fact<'UpdateStateReported'>, { attempt }: UpdateState): readonly UpdateEvent[] => {
  if (!attempt || !declarationWay(attempt.mechanism)) return [];
  const own = ownUpdate(fact);
  if (attempt.own && fingerprint(attempt.own) === fingerprint(own)) return [];
  const { deviceId } = fact;
  return [
    { type: 'UpdateStateObserved', deviceId, attempt: attempt.number, ...own },
    ...(hasFailedAnew(own, attempt) ? [failed(fact, attempt)] : []),
  ];
};

const ownUpdate = ({ installState, pendingVersion, installReasons, failure }: Fact<'UpdateStateReported'>): OwnUpdate =>
  present({
    installState: installState ?? '',
    pendingVersion: pendingVersion?.osVersion,
    pendingBuild: pendingVersion?.buildVersion,
    pendingLocalDateTime: pendingVersion?.targetLocalDateTime,
    installReasons,
    failures: failure?.count ?? 0,
    failedAt: failure?.timestamp,
  });

/** Events come from the store with their fields in another order. */
const fingerprint = (own: OwnUpdate): string =>
  JSON.stringify(Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** macOS counts its failures; one that it counted before is no news. Another version that fails is none of ours. */
const hasFailedAnew = (now: OwnUpdate, attempt: Attempt): boolean => {
  const { own: before } = attempt;
  const counted = now.failures > 0 && (now.failures !== before?.failures || now.failedAt !== before.failedAt);
  const named = now.installState === 'failed' && before?.installState !== 'failed';
  return (counted || named) && isOwnUpdate(attempt, now.pendingVersion);
};

/** macOS tries again by itself, so nothing says when. */
const failed = ({ deviceId, failure }: Fact<'UpdateStateReported'>, attempt: Attempt): UpdateEvent => {
  const said = failure?.reason ?? '';
  const { cause, whoActs } = said === '' ? failureOf('update_failed') : classify(said);
  return present({
    type: 'AttemptFailed' as const,
    deviceId,
    attempt: attempt.number,
    cause,
    whoActs,
    said,
    kind: 'update',
    count: failure?.count,
  });
};
