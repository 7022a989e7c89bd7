/** Folder of the release data that the catalogue is made from, where a machine has it; `undefined` elsewhere. */
export const releaseDataFolder = (): string | undefined => process.env['MOS_RELEASE_DATA'] || undefined;
