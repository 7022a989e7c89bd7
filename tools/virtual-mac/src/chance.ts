import { createHash } from 'node:crypto';
import type { Mac } from './fleet.js';

/** A number in [0, 1): the same Mac, purpose and count always give the same one. */
export const draw = (mac: Mac, purpose: string, count: number): number =>
  createHash('sha256').update(`${mac.chance}/${purpose}/${count}`).digest().readUIntBE(0, 6) / 2 ** 48;

/** A whole number of milliseconds between so many minutes. */
export const drawMinutes = (mac: Mac, purpose: string, count: number, least: number, most: number): number =>
  Math.round((least + draw(mac, purpose, count) * (most - least)) * 60_000);

/** Bytes that only this Mac has: its push token, its bootstrap token. */
const secretOf = (mac: Mac, purpose: string): Buffer =>
  createHash('sha256').update(`${mac.chance}/${purpose}`).digest();

export const pushTokenOf = (mac: Mac): Buffer => secretOf(mac, 'push token');

/** Of the shape of a UUID, as real ones are. */
export const pushMagicOf = (mac: Mac): string => {
  const hex = secretOf(mac, 'push magic').toString('hex').toUpperCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export const bootstrapTokenOf = (mac: Mac): Buffer => secretOf(mac, 'bootstrap token');
