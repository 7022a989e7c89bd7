import { present } from '@managed-os/kernel';
import { type Status, statusText } from './status.js';

/** What a Mac runs, in its own words; what it does not say is absent. */
export interface OperatingSystem {
  readonly version?: string;
  /** Of the release. */
  readonly build?: string;
  /** With a Background Security Improvement, the build that tells it apart (trap 33). */
  readonly supplementalBuild?: string;
  /** `a`: Apple's pages have it so, Macs send `(a)` (trap 37). */
  readonly extraVersion?: string;
  /** `Mac14,2`. */
  readonly model?: string;
}

export const operatingSystem = (status: Status): OperatingSystem => {
  const said = (name: string): string | undefined => statusText(status, `device.${name}`) || undefined;
  const extra = said('operating-system.supplemental.extra-version');
  return present({
    version: said('operating-system.version'),
    build: said('operating-system.build-version'),
    supplementalBuild: said('operating-system.supplemental.build-version'),
    extraVersion: extra === undefined ? undefined : withoutParentheses(extra) || undefined,
    model: said('model.identifier'),
  });
};

/** `(a)` and `a` are the same improvement (trap 37). */
export const withoutParentheses = (extra: string): string => extra.replace(/^\((.*)\)$/s, '$1');

/** The build to compare with a target's: with an improvement its own, without one the release's (trap 33). */
export const installedBuild = ({ build, supplementalBuild }: OperatingSystem): string | undefined =>
  supplementalBuild ?? build;
