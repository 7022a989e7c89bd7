/** Folder of status reports of real devices, where a machine has it; `undefined` elsewhere. */
export const ddmSamplesFolder = (): string | undefined => process.env['MOS_DDM_SAMPLES'] || undefined;

/** Folder of Apple's device management schema, where a machine has it; `undefined` elsewhere. */
export const appleSchemaFolder = (): string | undefined => process.env['MOS_APPLE_SCHEMA'] || undefined;

/** How many bodies are mutated, and from which seed: a few, always the same, unless a long run asks for more. */
export const fuzzing = (): { readonly bodies: number; readonly seed: number } => ({
  bodies: Number(process.env['MOS_FUZZ_BODIES'] ?? 15_000),
  seed: Number(process.env['MOS_FUZZ_SEED'] ?? 20_220_910),
});
