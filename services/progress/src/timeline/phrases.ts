import type { Fact, ManagedOsEvent } from '@managed-os/contracts';

/** Events in plain sentences, by their names. */
export type Sentences<N extends ManagedOsEvent['type']> = { readonly [K in N]: (event: Fact<K>) => string };

export const utc = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;
export const percent = (share: number): string => `${Math.round(share * 100)} %`;
export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
export const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);
/** A wall clock's reading, `2026-10-12 14:00`. */
export const wall = (local: string): string => local.slice(0, 16).replace('T', ' ');
export const at = (local: string | undefined, zone: string | undefined, before: string): string =>
  local === undefined ? '' : `${before}${wall(local)}${zone === undefined ? '' : ` (${zone})`}`;
export const late = (seconds: number, reason: string | undefined): string =>
  seconds < 60 ? '' : `, ${Math.round(seconds / 60)} minutes late${because(reason)}`;
