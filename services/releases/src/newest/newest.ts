import { compareBuilds, compareVersions, type OsMajor } from '@managed-os/kernel';
import type { Release } from '../announcing/releases.projection.js';
import type { Catalogue } from '../catalogue/catalogue.js';

/** What decides which releases a Mac can get: its ids in Apple's feed or, for Macs the feed never listed, its majors. */
export type Hardware = { readonly ids: readonly string[] } | { readonly majors: readonly OsMajor[] };

/**
 * The hardware that a software-update device id or, where the id says nothing, a model identifier stands for.
 * `undefined` when neither is known.
 */
export const hardwareOf = (
  catalogue: Pick<Catalogue, 'devices' | 'models'>,
  mac: { readonly softwareUpdateDeviceId?: string; readonly model?: string },
): Hardware | undefined => {
  if (catalogue.devices.some(({ id }) => id === mac.softwareUpdateDeviceId)) {
    return { ids: [mac.softwareUpdateDeviceId ?? ''] };
  }
  const model = catalogue.models.find((m) => m.model === mac.model);
  if (!model) return undefined;
  return model.ids.length > 0 ? { ids: model.ids } : { majors: model.majors };
};

/** Whether a release is one that a Mac moves to: no supplemental builds (S45), no security responses. */
export const isVersionOfItsOwn = ({ kind }: Pick<Release, 'kind'>): boolean =>
  kind === 'major' || kind === 'minor' || kind === 'patch';

export const isFor = (release: Pick<Release, 'os' | 'allDevices' | 'supportedDevices'>, mac: Hardware): boolean =>
  'majors' in mac
    ? mac.majors.includes(release.os)
    : release.allDevices || release.supportedDevices.some((id) => mac.ids.includes(id));

/** The newest of these releases for a Mac: the greatest version, of two builds the greater one. */
export const newestFor = <R extends Release>(releases: readonly R[], mac: Hardware): R | undefined =>
  releases
    .filter((release) => isVersionOfItsOwn(release) && isFor(release, mac))
    .toSorted((a, b) => compareVersions(a.version, b.version) || compareBuilds(a.build, b.build))
    .at(-1);
