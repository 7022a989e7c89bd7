import { addMillis, compareVersions, type Instant, isBelow, toMillis, wallClockToInstant } from '@managed-os/kernel';
import type { Declaration } from '../declarations/declaration.js';
import { ENFORCEMENT, SETTINGS } from '../declarations/schema.js';
import { type Verdict, verdictsOf } from '../declarations/verdicts.js';
import type { Mac } from '../fleet.js';
import { offersAt } from '../offers.js';
import type { Candidate, MacState } from '../state.js';

/** An enforcement that is active, valid and not satisfied. */
export interface Wanted {
  readonly identifier: string;
  readonly serverToken: string;
  readonly version: string;
  readonly build: string | undefined;
  readonly targetLocalDateTime: string;
  /** When this Mac's own clock shows that. */
  readonly deadline: Instant;
}

/** Earliest first (trap 20). */
export const wantedOf = (mac: Mac, state: MacState): readonly Wanted[] =>
  activeOf(mac, state, ENFORCEMENT)
    .map((declaration) => wantedIn(mac, declaration))
    .toSorted((a, b) => toMillis(a.deadline) - toMillis(b.deadline) || (a.identifier < b.identifier ? -1 : 1));

const activeOf = (mac: Mac, state: MacState, type: string): readonly Declaration[] =>
  verdictsOf(mac, state)
    .filter(
      ({ declaration, active, valid }: Verdict) => declaration.content?.type === type && active && valid === 'valid',
    )
    .map(({ declaration }) => declaration);

const wantedIn = (mac: Mac, { identifier, serverToken, content }: Declaration): Wanted => {
  const { TargetOSVersion: version, TargetBuildVersion: build, TargetLocalDateTime: local } = content?.payload ?? {};
  const targetLocalDateTime = String(local);
  const [date = '', time = ''] = targetLocalDateTime.split('T');
  const minute = wallClockToInstant(date, time.slice(0, 5), mac.zone);
  return {
    identifier,
    serverToken,
    version: String(version),
    build: typeof build === 'string' ? build : undefined,
    targetLocalDateTime,
    deadline: addMillis(minute, Number(time.slice(6)) * 1000),
  };
};

/**
 * Exactly the version that is named (trap 18), when Apple offers it to this Mac; otherwise nothing happens (trap 17).
 * Up to macOS 26 a build that is not the version's is overruled by the version; Apple's later texts no longer say so.
 */
export const candidateFor = (mac: Mac, state: MacState, wanted: Wanted, at: Instant): Candidate | undefined =>
  offersAt(mac, state, at).find(
    ({ version, build }) =>
      compareVersions(version, wanted.version) === 0 &&
      (wanted.build === undefined || wanted.build === build || isBelow(state.osVersion, '27')),
  );

/** When one that Apple does not offer yet comes out; `null`: none of them will. */
export const appearsAt = (mac: Mac, wanted: readonly Wanted[], at: Instant): Instant | null => {
  const coming = mac.releases
    .filter(({ released }) => toMillis(released) > toMillis(at))
    .filter(({ version }) => wanted.some((one) => compareVersions(one.version, version) === 0))
    .map(({ released }) => toMillis(released));
  return coming.length === 0 ? null : addMillis(at, Math.min(...coming) - toMillis(at));
};

/** Settings may ask for silence until an hour before. */
export const isQuiet = (mac: Mac, state: MacState): boolean =>
  activeOf(mac, state, SETTINGS).some(({ content }) => content?.payload['Notifications'] === false);
