import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ReleaseKind } from '../catalogue.js';
import { withLaterReleases } from './later-releases.js';

/** What one list of the feed said and when; seconds are not recorded (`2024-06-30T19:16Z`). */
export interface Sighting {
  readonly firstSeen: string;
}

/** One row of the release history. */
export interface HistoryRow {
  readonly version: string;
  readonly versionExtra?: string;
  readonly builds: readonly string[];
  readonly released: string;
  readonly major: string;
  readonly kind: ReleaseKind;
  readonly label?: string;
  readonly hardwareSpecific?: boolean;
  readonly prerequisiteBuild?: Readonly<Record<string, string>>;
  readonly gdmf?: Readonly<
    Record<string, { readonly public?: Sighting; readonly asset?: Sighting; readonly bsi?: Sighting }>
  >;
  readonly fullInstaller?: boolean;
}

export interface DeviceRow {
  readonly softwareUpdateDeviceID: string;
  readonly family: string;
  readonly modelIdentifiers: readonly string[];
  readonly majorsInGdmf: readonly number[];
  readonly macOS27: boolean | null;
  /** What the newest capture offered it. */
  readonly latestPublic20260822: { readonly version: string; readonly build: string };
}

export interface ModelRow {
  readonly modelIdentifier: string;
  readonly softwareUpdateDeviceIDs: readonly string[];
  readonly supportedMajors: readonly string[];
}

/** One entry of a captured feed. */
export interface Asset {
  readonly ProductVersion: string;
  readonly Build: string;
  readonly SupportedDevices: readonly string[];
}

export interface Sources {
  readonly history: readonly HistoryRow[];
  readonly devices: readonly DeviceRow[];
  readonly models: readonly ModelRow[];
  /** The macOS entries of every captured feed body. */
  readonly captures: readonly (readonly Asset[])[];
}

type Feed = Readonly<Record<string, { readonly macOS?: readonly Asset[] }>>;

/** Reads a folder of release data: the history, the two device tables and every captured feed body. */
export const readSources = async (folder: string): Promise<Sources> => {
  const json = async <T>(name: string): Promise<T> => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as T;
  const names = (await readdir(path.join(folder, 'gdmf-history'))).filter((name) => name.endsWith('.json.gz')).sort();
  const bodies = await Promise.all(
    names.map(async (name) => {
      const body = gunzipSync(await readFile(path.join(folder, 'gdmf-history', name)));
      return JSON.parse(body.toString('utf8')) as Feed;
    }),
  );
  return {
    history: withLaterReleases(await json('macos-history.json')),
    devices: await json('mac-devices.json'),
    models: await json('mac-models.json'),
    captures: [...bodies, await json<Feed>('gdmf-pmv.json')].map((feed) =>
      Object.values(feed).flatMap((list) => list.macOS ?? []),
    ),
  };
};
