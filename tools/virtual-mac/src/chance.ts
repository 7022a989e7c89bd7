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

/** Bytes that only this Mac has, and only in this life of its. */
const secretOf = (mac: Mac, purpose: string): Buffer => createHash('sha256').update(sourceOf(mac, purpose)).digest();

const sourceOf = ({ chance, life }: Mac, purpose: string): string =>
  life === 0 ? `${chance}/${purpose}` : `${chance}/${purpose}/${life}`;

/** How a push reaches the Mac, or its user. */
export interface Address {
  readonly token: Buffer;
  readonly magic: string;
}

export const addressOf = (mac: Mac): Address => ({
  token: secretOf(mac, 'push token'),
  magic: uuidFrom(sourceOf(mac, 'push magic')),
});

export const userAddressOf = (mac: Mac): Address => ({
  token: secretOf(mac, "user's push token"),
  magic: uuidFrom(sourceOf(mac, "user's push magic")),
});

export const userIdOf = (mac: Mac): string => uuidFrom(`${mac.chance}/user`);

export const bootstrapTokenOf = (mac: Mac): Buffer => secretOf(mac, 'bootstrap token');
