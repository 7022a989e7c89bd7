import type { MachineInfo, RequiredUpdate } from '@managed-os/apple-mdm';
import { compareVersions, isBelow, majorOf, parseVersion } from '@managed-os/kernel';

export interface Minimum {
  readonly version: string;
  readonly build?: string;
}

/** A build as Apple lists it for one Mac. */
export interface OfferedBuild {
  readonly version: string;
  readonly build: string;
  readonly public: boolean;
  readonly installable: boolean;
}

/** From here on a Mac installs at its enrollment also what is not public any more (section 3). */
const TAKES_ALL = '15.0';

/** Whether a Mac can be told at its enrollment to update first; which builds are offered to it is worth a look only then. */
export const isBelowMinimum = (mac: MachineInfo, minimum: Minimum): boolean =>
  mac.canBeToldToUpdate &&
  mac.softwareUpdateDeviceId !== undefined &&
  mac.osVersion !== undefined &&
  parseVersion(mac.osVersion) !== undefined &&
  isBelow(mac.osVersion, minimum.version);

/**
 * What a Mac has to install before it enrolls: the minimum, or, where Apple took that away, the next version of the same
 * major. `undefined` when nothing is known to be on offer for this very Mac: it would be sent round in circles.
 */
export const updateFor = (
  osVersion: string,
  minimum: Minimum,
  offered: readonly OfferedBuild[],
): RequiredUpdate | undefined => {
  const [next] = offered
    .filter((build) => build.installable && (build.public || !isBelow(osVersion, TAKES_ALL)))
    .filter(({ version }) => majorOf(version) === majorOf(minimum.version) && !isBelow(version, minimum.version))
    .toSorted((a, b) => compareVersions(a.version, b.version));
  if (!next) return undefined;
  const wanted = offered.some(
    ({ version, build, installable }) => installable && version === next.version && build === minimum.build,
  );
  return { osVersion: next.version, ...(wanted && minimum.build !== undefined && { buildVersion: minimum.build }) };
};
