import { isBelow, parseVersion } from '@managed-os/kernel';
import type { Mac } from '../fleet.js';
import type { Kind } from './declaration.js';

/** The declarations a Mac of this test bed knows, key by key, from Apple's schema. A key that is not on macOS is not here. */

export interface PayloadKey {
  readonly type: 'text' | 'flag' | 'whole' | 'texts' | 'dict' | 'dicts' | 'anything';
  readonly required?: true;
  readonly introduced?: string;
  readonly values?: readonly string[];
  /** Least and most. */
  readonly range?: readonly [number, number];
  readonly format?: Format;
  readonly keys?: Keys;
}
/** `any`: every key is allowed. */
export type Keys = Readonly<Record<string, PayloadKey>> | 'any';

export interface DeclarationType {
  readonly kind: Kind;
  readonly introduced: string;
  readonly supervised?: true;
  readonly keys: Keys;
}

export type Format = 'version' | 'build' | 'local-date-time';

const DAY_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** Trap 13: a wall clock's reading has no zone, no offset and no fraction. */
export const FORMATS: Readonly<Record<Format, (text: string) => boolean>> = {
  version: (text) => /^\d+(\.\d+){0,2}$/.test(text) && parseVersion(text) !== undefined,
  build: (text) => /^\d+[A-Z]\d+[a-z]?$/.test(text),
  'local-date-time': (text) => DAY_TIME.test(text) && new Date(`${text}Z`).toISOString().startsWith(text),
};

const DAYS = { type: 'whole', range: [1, 90] } as const;
const SWITCH = { type: 'text', values: ['Allowed', 'AlwaysOn', 'AlwaysOff'] } as const;
const PROGRAM = { Description: { type: 'text', required: true }, Token: { type: 'text', required: true } } as const;

export const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
export const SETTINGS = 'com.apple.configuration.softwareupdate.settings';
export const SUBSCRIPTIONS = 'com.apple.configuration.management.status-subscriptions';
export const ACTIVATION = 'com.apple.activation.simple';
export const PROPERTIES = 'com.apple.management.properties';

export const DECLARATION_TYPES: Readonly<Record<string, DeclarationType>> = {
  [ACTIVATION]: {
    kind: 'activation',
    introduced: '13.0',
    keys: { StandardConfigurations: { type: 'texts', required: true }, Predicate: { type: 'text' } },
  },
  'com.apple.asset.data': {
    kind: 'asset',
    introduced: '14.0',
    keys: {
      Reference: {
        type: 'dict',
        required: true,
        keys: {
          DataURL: { type: 'text', required: true },
          ContentType: { type: 'text' },
          Size: { type: 'whole' },
          'Hash-SHA-256': { type: 'text' },
        },
      },
      Authentication: { type: 'dict', keys: { Type: { type: 'text', required: true } } },
    },
  },
  [SUBSCRIPTIONS]: {
    kind: 'configuration',
    introduced: '13.0',
    keys: { StatusItems: { type: 'dicts', required: true, keys: { Name: { type: 'text', required: true } } } },
  },
  'com.apple.configuration.management.test': {
    kind: 'configuration',
    introduced: '13.0',
    keys: {
      Echo: { type: 'text', required: true },
      EchoDataAssetReference: { type: 'text', introduced: '14.0' },
      ReturnStatus: { type: 'text', values: ['Installed', 'Failed', 'Unlocked'] },
    },
  },
  [ENFORCEMENT]: {
    kind: 'configuration',
    introduced: '14.0',
    supervised: true,
    keys: {
      TargetOSVersion: { type: 'text', required: true, format: 'version' },
      TargetBuildVersion: { type: 'text', format: 'build' },
      TargetLocalDateTime: { type: 'text', required: true, format: 'local-date-time' },
      DetailsURL: { type: 'text' },
    },
  },
  [SETTINGS]: {
    kind: 'configuration',
    introduced: '15.0',
    supervised: true,
    keys: {
      Notifications: { type: 'flag' },
      Deferrals: {
        type: 'dict',
        keys: { MajorPeriodInDays: DAYS, MinorPeriodInDays: DAYS, SystemPeriodInDays: DAYS },
      },
      AutomaticActions: {
        type: 'dict',
        keys: { Download: SWITCH, InstallOSUpdates: SWITCH, InstallSecurityUpdate: SWITCH },
      },
      RapidSecurityResponse: { type: 'dict', keys: { Enable: { type: 'flag' }, EnableRollback: { type: 'flag' } } },
      AllowStandardUserOSUpdates: { type: 'flag' },
      Beta: {
        type: 'dict',
        introduced: '15.4',
        keys: {
          ProgramEnrollment: SWITCH,
          OfferPrograms: { type: 'dicts', keys: PROGRAM },
          RequireProgram: { type: 'dict', keys: PROGRAM },
        },
      },
    },
  },
  'com.apple.management.organization-info': {
    kind: 'management',
    introduced: '13.0',
    keys: {
      Name: { type: 'text', required: true },
      Email: { type: 'text' },
      URL: { type: 'text' },
      Proof: { type: 'dict', keys: { IdentityToken: { type: 'text' } } },
    },
  },
  [PROPERTIES]: { kind: 'management', introduced: '13.0', keys: 'any' },
  'com.apple.management.server-capabilities': {
    kind: 'management',
    introduced: '13.0',
    keys: {
      Version: { type: 'text', required: true },
      SupportedFeatures: { type: 'dict', required: true, keys: 'any' },
    },
  },
};

/** The type as macOS of this version knows it; `undefined` when it does not. */
export const typeOf = (name: string, osVersion: string): DeclarationType | undefined => {
  const type = Object.hasOwn(DECLARATION_TYPES, name) ? DECLARATION_TYPES[name] : undefined;
  return type && !isBelow(osVersion, type.introduced) ? type : undefined;
};

export const isForEnrollment = (mac: Mac, type: { readonly supervised?: true }): boolean =>
  mac.supervised || type.supervised !== true;
