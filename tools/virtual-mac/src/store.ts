import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MacState } from './state.js';

/** The key and certificate a Mac enrolled with, and the authority it trusts; PEM. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
}

/** Where Macs remember. When `save` has returned, the process may die at any moment and the next one loads that state. */
export interface MacStore {
  load(serial: string): MacState | undefined;
  save(serial: string, state: MacState): void;
  loadIdentity(serial: string): Identity | undefined;
  saveIdentity(serial: string, identity: Identity): void;
}

const SHAPE = 3;

/**
 * One file per Mac, replaced by renaming: a reader finds the old state or the new one, never half of one.
 * Renaming is enough against the end of the process; against the end of the machine it would take fsync, which thousands of Macs cannot pay.
 */
export class DiskStore implements MacStore {
  private readonly macs: string;
  private readonly identities: string;

  constructor(private readonly folder: string) {
    this.macs = join(folder, 'macs');
    this.identities = join(folder, 'identities');
    for (const path of [this.macs, this.identities]) mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  load(serial: string): MacState | undefined {
    const path = join(this.macs, `${serial}.json`);
    const stored = read<{ readonly shape: number; readonly state: MacState }>(path);
    if (stored && stored.shape !== SHAPE) throw new Error(`${path} was written by another version of this tool`);
    return stored?.state;
  }

  save(serial: string, state: MacState): void {
    replace(join(this.macs, `${serial}.json`), { shape: SHAPE, state });
  }

  loadIdentity(serial: string): Identity | undefined {
    return read<Identity>(join(this.identities, `${serial}.json`));
  }

  saveIdentity(serial: string, identity: Identity): void {
    replace(join(this.identities, `${serial}.json`), identity);
  }

  /** The summary beside the Macs' own files. */
  saveSummary(summary: unknown): void {
    replace(join(this.folder, 'fleet.json'), summary, 1);
  }
}

const read = <T>(path: string): T | undefined => {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`${path} cannot be read`, { cause });
  }
};

const replace = (path: string, value: unknown, indent?: number): void => {
  writeFileSync(`${path}.new`, JSON.stringify(value, undefined, indent), { mode: 0o600 });
  renameSync(`${path}.new`, path);
};
