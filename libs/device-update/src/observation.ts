import type { Fact } from '@managed-os/contracts';
import { parseVersion, present } from '@managed-os/kernel';
import { below, type UpdateEvent, type UpdateState } from './state.js';

type SeenBy = 'facts' | 'inventory' | 'watch';
interface Seen {
  readonly osVersion?: string | undefined;
  readonly osBuild?: string | undefined;
}

const versionObserved = (
  deviceId: string,
  seen: Seen,
  factsRevision: number,
  seenBy: SeenBy,
): readonly UpdateEvent[] =>
  seen.osVersion === undefined || parseVersion(seen.osVersion) === undefined
    ? []
    : [
        present({
          type: 'VersionObserved' as const,
          deviceId,
          osVersion: seen.osVersion,
          osBuild: seen.osBuild,
          factsRevision,
          seenBy,
        }),
      ];

/** The Mac's facts are the truth about its version, up or down; a repeat, an older revision or no news says nothing. */
export const onFacts = (fact: Fact<'DeviceFactsChanged'>, state: UpdateState): readonly UpdateEvent[] => {
  if (fact.factsRevision <= state.factsRevision) return [];
  const { observed } = state;
  const known =
    observed?.confirmed === true &&
    observed.version === fact.osVersion &&
    (fact.osBuild === undefined || observed.build === fact.osBuild);
  return known ? [] : versionObserved(fact.deviceId, fact, fact.factsRevision, 'facts');
};

/** An answer that came before its facts tells of a newer version only; an older one may be an old answer. */
export const onAnswer = (
  fact: Fact<'CommandAnswered'> | Fact<'WatchReported'>,
  state: UpdateState,
): readonly UpdateEvent[] =>
  fact.osVersion !== undefined && (!state.observed || below(state.observed.version, fact.osVersion))
    ? versionObserved(fact.deviceId, fact, state.factsRevision, fact.type === 'WatchReported' ? 'watch' : 'inventory')
    : [];

/** A plan on newer facts tells the version it rests on, when it overtook them. */
export const onNewerPlan = (fact: Fact<'PlanChanged'>, state: UpdateState): readonly UpdateEvent[] =>
  fact.factsRevision > state.factsRevision && fact.osVersion !== state.observed?.version
    ? versionObserved(fact.deviceId, { osVersion: fact.osVersion }, fact.factsRevision, 'facts')
    : [];

/** The Mac's zone, where its facts say another one than is known; older facts than were seen say nothing. */
export const onZone = (
  fact: Fact<'DeviceFactsChanged'>,
  { zone, factsRevision }: UpdateState,
): readonly UpdateEvent[] =>
  fact.factsRevision < factsRevision ||
  (zone && fact.factsRevision <= zone.factsRevision) ||
  fact.timeZone === zone?.timeZone
    ? []
    : [
        present({
          type: 'ZoneObserved' as const,
          deviceId: fact.deviceId,
          timeZone: fact.timeZone,
          factsRevision: fact.factsRevision,
        }),
      ];
