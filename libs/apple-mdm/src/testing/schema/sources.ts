import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** What Apple's schema says of one platform. */
export interface RawSupport {
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  readonly supervised?: boolean;
  readonly devicechannel?: boolean;
  readonly userchannel?: boolean;
  readonly accessrights?: string;
  readonly 'allowed-enrollments'?: readonly string[];
  readonly 'allowed-scopes'?: readonly string[];
}

interface RawPlatforms {
  readonly macOS?: RawSupport;
}

export interface RawKey {
  readonly key: string;
  readonly type: string;
  readonly presence?: string;
  readonly rangelist?: readonly (string | number)[];
  readonly range?: { readonly min: number; readonly max: number };
  readonly format?: string;
  readonly supportedOS?: RawPlatforms;
  readonly subkeys?: readonly RawKey[];
}

export interface RawDocument {
  readonly payload: {
    readonly payloadtype?: string;
    readonly requesttype?: string;
    readonly declarationtype?: string;
    readonly statusitemtype?: string;
    readonly supportedOS: RawPlatforms;
    readonly apply?: string;
  };
  readonly payloadkeys?: readonly RawKey[];
  readonly responsekeys?: readonly RawKey[];
}

/** What schema release 27.0 removed, of the files that are of an older one. */
export interface Removed {
  readonly removedDeviceInformationQueries: readonly string[];
  readonly removedProfiles: readonly string[];
  readonly deprecated: string;
  readonly removed: string;
}

export interface Sources {
  /** By path, `mdm/commands/information.device.yaml`. */
  readonly documents: readonly { readonly file: string; readonly document: RawDocument }[];
  readonly removed: Removed;
}

/** Reads a folder of Apple's schema, laid out as upstream, with `removed-in-27.0.json` beside it. */
export const readSources = (folder: string): Sources => ({
  documents: readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.startsWith('docs'))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, document: parse(readFileSync(path.join(folder, file), 'utf8')) as RawDocument })),
  removed: JSON.parse(readFileSync(path.join(folder, 'removed-in-27.0.json'), 'utf8')) as Removed,
});
