import { Refused } from './plist/refusal.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a body; a byte order mark is left out. Throws `Refused` for bytes that are no UTF-8. */
export const decodeUtf8 = (body: Uint8Array): string => {
  try {
    return utf8.decode(body);
  } catch {
    throw new Refused({ code: 'encoding', path: '', detail: 'not UTF-8' });
  }
};
