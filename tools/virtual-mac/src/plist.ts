import { build, parse, parseBinary, type PlistValue } from 'plist';

export type { PlistValue } from 'plist';
export type Dict = { [key: string]: PlistValue };

/** Keys that Apple declares as <real>; a whole number among them is not an <integer>. */
const REALS = ['DownloadPercentComplete', 'DeviceCapacity', 'AvailableDeviceCapacity', 'BatteryLevel'];
const WHOLE_REAL = new RegExp(`(<key>(?:${REALS.join('|')})</key>\\s*)<integer>(-?\\d+)</integer>`, 'g');

export const encode = (message: Dict): string => build(message).replace(WHOLE_REAL, '$1<real>$2</real>');

export const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array);

/** The dictionary in a body, XML or binary; `undefined` when there is none. */
export const decode = (body: Buffer): Dict | undefined => {
  try {
    const value = body.subarray(0, 6).toString('latin1') === 'bplist' ? parseBinary(body) : parseXml(body.toString());
    return isDict(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const parseXml = (text: string): PlistValue => (/^﻿?\s*<(\?xml|!DOCTYPE|plist)/.test(text) ? parse(text) : null);
