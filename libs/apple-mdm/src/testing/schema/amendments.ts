import type { RawSupport, Removed } from './sources.js';

const DEVICE_INFORMATION = 'mdm/commands/information.device.yaml';
const QUERIES = `${DEVICE_INFORMATION}#Queries/QueriesItem`;

/**
 * What later releases of the schema say of macOS, by file and key: the files are of release 15.2, but for those that the
 * upstream notes of 26 and 27 name. A file without a key is the message itself.
 */
export const amendments = ({
  removedDeviceInformationQueries,
  removedProfiles,
  deprecated,
  removed,
}: Removed): ReadonlyMap<string, RawSupport> =>
  new Map<string, RawSupport>([
    ['declarative/declarations/configurations/softwareupdate.settings.yaml#Beta', { introduced: '15.4' }],
    [`${QUERIES}/TimeZone`, { introduced: '26.0' }],
    ...removedDeviceInformationQueries.map((query) => [`${QUERIES}/${query}`, { deprecated, removed }] as const),
    ...removedProfiles.map((profile) => [`mdm/profiles/${profile}.yaml`, { deprecated, removed }] as const),
  ]);
