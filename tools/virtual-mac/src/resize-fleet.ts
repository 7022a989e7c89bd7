import { isDict, type PlistValue } from './plist.js';

/**
 * The decoded fleet file with so many Macs: the first ones, or, beyond the file's number, copies of them in turn
 * with names and serial numbers of their own (`lab-1`, then `lab-1-2`, `lab-1-3`).
 */
export const resizeFleet = (file: unknown, count: number): unknown => {
  const macs: unknown = isDict(file) ? file['macs'] : undefined;
  if (!isDict(file) || !Array.isArray(macs) || macs.length === 0) return file;
  const kinds: readonly PlistValue[] = macs;
  return { ...file, macs: Array.from({ length: count }, (_, index) => copyOf(kinds, index)) };
};

const copyOf = (kinds: readonly PlistValue[], index: number): unknown => {
  const kind = kinds[index % kinds.length];
  const round = Math.floor(index / kinds.length) + 1;
  if (round === 1 || !isDict(kind)) return kind;
  const rest = Object.fromEntries(Object.entries(kind).filter(([key]) => key !== 'udid'));
  const name = typeof kind['name'] === 'string' ? { name: `${kind['name']}-${round}` } : {};
  return { ...rest, ...name, serial: `${String(kind['serial'])}-${round}` };
};
