import { parseUpdateSettings, type UpdateSettings } from '@managed-os/apple-mdm';
import { InvalidConfig } from '@managed-os/service-host';
import type { DispatcherConfig } from '../config.js';

/** What every Mac that can is to hold as its software update settings. Throws `InvalidConfig` naming file and place. */
export const updateSettingsOf = (
  { SOFTWARE_UPDATE_SETTINGS_FILE: file }: Pick<DispatcherConfig, 'SOFTWARE_UPDATE_SETTINGS_FILE'>,
  read: (file: string) => Buffer,
): UpdateSettings | undefined => {
  if (file === undefined) return undefined;
  const parsed = parseUpdateSettings(read(file));
  if (parsed.ok) return parsed.value;
  const { path, detail } = parsed.refusal;
  throw new InvalidConfig([`SOFTWARE_UPDATE_SETTINGS_FILE: ${path === '' ? 'its content' : path}: ${detail}`]);
};
