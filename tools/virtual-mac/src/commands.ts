import { isBelow } from '@managed-os/kernel';
import type { Mac } from './fleet.js';
import { type Dict, isDict, type PlistValue } from './plist.js';
import type { DefectKind, MacState } from './state.js';

/** The commands a Mac of this test bed knows, key by key, from Apple's schema. */

interface KeyRule {
  readonly type: 'text' | 'flag' | 'whole' | 'data' | 'texts' | 'dicts';
  readonly required?: true;
  readonly introduced?: string;
  /** Allowed values, each with the version it came with. */
  readonly values?: Readonly<Record<string, string>>;
  readonly keys?: Keys;
}
type Keys = Readonly<Record<string, KeyRule>>;

interface CommandRule {
  readonly introduced: string;
  readonly removed?: string;
  readonly supervised?: true;
  /** Not for the user channel. */
  readonly deviceOnly?: true;
  readonly keys: Keys;
}

export type Channel = 'device' | 'user';

const LEGACY = { introduced: '10.11', removed: '27.0', deviceOnly: true } as const;

const UPDATE: Keys = {
  ProductKey: { type: 'text' },
  ProductVersion: { type: 'text', introduced: '12.0' },
  InstallAction: {
    type: 'text',
    required: true,
    values: {
      Default: '10.11',
      DownloadOnly: '11.0',
      InstallASAP: '10.11',
      NotifyOnly: '10.11',
      InstallLater: '10.11',
      InstallForceRestart: '11.0',
    },
  },
  MaxUserDeferrals: { type: 'whole', introduced: '12.0' },
  Priority: { type: 'text', introduced: '12.3', values: { Low: '12.3', High: '12.3' } },
};

const COMMANDS = {
  DeviceInformation: { introduced: '10.7', keys: { Queries: { type: 'texts', required: true } } },
  SecurityInfo: { introduced: '10.7', keys: {} },
  DeclarativeManagement: { introduced: '13.0', keys: { Data: { type: 'data' } } },
  ScheduleOSUpdateScan: { ...LEGACY, supervised: true, keys: { Force: { type: 'flag' } } },
  AvailableOSUpdates: { ...LEGACY, keys: {} },
  ScheduleOSUpdate: { ...LEGACY, supervised: true, keys: { Updates: { type: 'dicts', required: true, keys: UPDATE } } },
  OSUpdateStatus: { ...LEGACY, introduced: '10.11.5', supervised: true, keys: {} },
} as const satisfies Readonly<Record<string, CommandRule>>;

/** What a Mac does even in Power Nap on battery; everything else is put off until it wakes (section 1.5). */
export const NEVER_PUT_OFF = [
  ...['DeleteUser', 'DeviceLock', 'EraseDevice', 'RestartDevice', 'ShutDownDevice', 'UserList'],
  ...['ActivationLockBypassCode', 'ClearActivationLockBypassCode', 'UnlockUserAccount'],
];

export type RequestType = keyof typeof COMMANDS;

export interface Refusal {
  readonly status: 'Error' | 'CommandFormatError';
  readonly code: number;
  readonly text: string;
  readonly defect?: DefectKind;
}

const isKnown = (requestType: string): requestType is RequestType => Object.hasOwn(COMMANDS, requestType);

/** The command when this Mac can obey it, or why it refuses. */
export const readCommand = (
  mac: Mac,
  { osVersion }: MacState,
  command: Dict,
  channel: Channel = 'device',
): { readonly requestType: RequestType } | { readonly refusal: Refusal } => {
  const requestType = String(command['RequestType']);
  const rule: CommandRule | undefined = isKnown(requestType) ? COMMANDS[requestType] : undefined;
  if (!rule || isBelow(osVersion, rule.introduced)) return { refusal: unknown(requestType, 'unknown-command') };
  if (rule.removed !== undefined && !isBelow(osVersion, rule.removed)) {
    return { refusal: unknown(requestType, 'removed-command') };
  }
  if (rule.deviceOnly && channel === 'user') {
    return { refusal: unknown(requestType, 'device-command-on-user-channel') };
  }
  const payload = Object.fromEntries(Object.entries(command).filter(([key]) => key !== 'RequestType'));
  const mistake = mistakeIn(payload, rule.keys, requestType, osVersion);
  if (mistake !== undefined) return { refusal: malformed(mistake) };
  if (rule.supervised && !mac.supervised) {
    const text = `The command “${requestType}” is only supported on supervised devices.`;
    return { refusal: { status: 'Error', code: 12021, text } };
  }
  return isKnown(requestType) ? { requestType } : { refusal: unknown(requestType, 'unknown-command') };
};

const unknown = (requestType: string, defect: DefectKind): Refusal => ({
  status: 'Error',
  code: 12021,
  text: `Unknown command: “${requestType}”`,
  defect,
});

export const malformed = (text: string): Refusal => ({
  status: 'CommandFormatError',
  code: 12022,
  text,
  defect: 'malformed-command',
});

const mistakeIn = (dict: Dict, keys: Keys, at: string, osVersion: string): string | undefined => {
  for (const [key, rule] of Object.entries(keys)) {
    if (rule.required && dict[key] === undefined) return `${at}.${key} is missing`;
  }
  for (const [key, value] of Object.entries(dict)) {
    const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (!rule || isBelow(osVersion, rule.introduced ?? '0')) return `${at}.${key} is not a key of macOS ${osVersion}`;
    const mistake = mistakeInValue(value, rule, `${at}.${key}`, osVersion);
    if (mistake !== undefined) return mistake;
  }
  const isUpdate = keys === UPDATE;
  return isUpdate && dict['ProductKey'] === undefined && dict['ProductVersion'] === undefined
    ? `${at} names neither ProductKey nor ProductVersion`
    : undefined;
};

const mistakeInValue = (value: PlistValue, rule: KeyRule, at: string, osVersion: string): string | undefined => {
  if (!hasType(value, rule.type)) return `${at} is not of the right type`;
  if (rule.values && typeof value === 'string') {
    const since = Object.hasOwn(rule.values, value) ? rule.values[value] : undefined;
    if (since === undefined || isBelow(osVersion, since)) return `${at}: ${value} is not a value of macOS ${osVersion}`;
  }
  if (rule.type !== 'dicts' || !Array.isArray(value)) return undefined;
  return value
    .map((entry, index) => mistakeIn(entry as Dict, rule.keys ?? {}, `${at}[${index}]`, osVersion))
    .find((mistake) => mistake !== undefined);
};

const hasType = (value: PlistValue, type: KeyRule['type']): boolean => {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'whole':
      return Number.isInteger(value);
    case 'data':
      return value instanceof Uint8Array;
    case 'texts':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    case 'dicts':
      return Array.isArray(value) && value.every(isDict);
  }
};
