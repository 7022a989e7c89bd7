import { isArray, isData, isDate, isDict, type PlistValue } from './value.js';

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/** The XML document of a value; what `parsePlist` reads from it equals the value. A character that XML cannot hold becomes U+FFFD. */
export const writePlist = (value: PlistValue): string => `${HEAD}${element(value)}\n</plist>\n`;

const element = (value: PlistValue): string => {
  if (typeof value === 'string') return `<string>${text(value)}</string>`;
  if (typeof value === 'bigint') return `<integer>${value}</integer>`;
  if (typeof value === 'number') return `<real>${real(value)}</real>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (isData(value)) return `<data>${Buffer.from(value).toString('base64')}</data>`;
  if (isDict(value)) {
    const entries = [...value].map(([key, item]) => `<key>${text(key)}</key>${element(item)}\n`);
    return `<dict>\n${entries.join('')}</dict>`;
  }
  if (isArray(value)) return `<array>\n${value.map((item) => `${element(item)}\n`).join('')}</array>`;
  if (isDate(value)) return `<date>${value.date.slice(0, 19)}Z</date>`;
  return value satisfies never;
};

const text = (raw: string): string =>
  raw
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Surrogate}]/gu, '\uFFFD')
    .replace(/[&<>\r]/g, (char) => ESCAPES[char] ?? char);

const real = (value: number): string => {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? '+infinity' : '-infinity';
  return Object.is(value, -0) ? '-0' : String(value);
};
