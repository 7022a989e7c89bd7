/** Folder of status reports of real devices, where a machine has it; `undefined` elsewhere. */
export const ddmSamplesFolder = (): string | undefined => process.env['MOS_DDM_SAMPLES'] || undefined;

/** Folder of Apple's device management schema, where a machine has it; `undefined` elsewhere. */
export const appleSchemaFolder = (): string | undefined => process.env['MOS_APPLE_SCHEMA'] || undefined;
