import { createHash } from 'node:crypto';
import type { Mac } from './fleet.js';

/** A number in [0, 1): the same Mac, purpose and count always give the same one. */
export const draw = (mac: Mac, purpose: string, count: number): number =>
  createHash('sha256').update(`${mac.chance}/${purpose}/${count}`).digest().readUIntBE(0, 6) / 2 ** 48;

/** A whole number of milliseconds between so many minutes. */
export const drawMinutes = (mac: Mac, purpose: string, count: number, least: number, most: number): number =>
  Math.round((least + draw(mac, purpose, count) * (most - least)) * 60_000);

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').toUpperCase();

/** Of the shape of a UUID; the same text always gives the same one. */
export const uuidFrom = (text: string): string => {
  const hex = digestOf(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Bytes that only this Mac has: its push token, its bootstrap token. */
const secretOf = (mac: Mac, purpose: string): Buffer =>
  createHash('sha256').update(`${mac.chance}/${purpose}`).digest();

export const pushTokenOf = (mac: Mac): Buffer => secretOf(mac, 'push token');

export const pushMagicOf = (mac: Mac): string => uuidFrom(`${mac.chance}/push magic`);

export const bootstrapTokenOf = (mac: Mac): Buffer => secretOf(mac, 'bootstrap token');
