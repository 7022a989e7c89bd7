import { parse, v5 as uuidV5, v7 as uuidV7 } from 'uuid';

/** Where new ids come from at a true beginning (an admin's request, a Mac's first word). */
export interface Ids {
  /** A new UUIDv7: unique, and later ones sort after earlier ones. */
  next(): string;
}

export class RandomIds implements Ids {
  next(): string {
    return uuidV7();
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether `text` has the shape of a UUID, of whatever version and in either case: what PostgreSQL and the contracts take. */
export const isUuid = (text: string): boolean => UUID.test(text);

// As bytes: of text, each id would parse them again.
const REACTIONS = parse('6f0b1f5e-5a0c-5d0e-9c59-2f4d8d1c2b11');
const DEVICES = parse('0d9a5f0a-53e0-5b7c-8a4e-7b1f0c2d3e4f');
const utf8 = new TextEncoder();

/** The id of a reaction: the same parts give the same UUIDv5, so a repeated reaction repeats its ids. */
export const reactionId = (...parts: readonly (string | number)[]): string =>
  uuidV5(utf8.encode(parts.join('\n')), REACTIONS);

/** Our own name for a Mac, from Apple's UDID (opaque text): safe as a token of a stream and of a subject. */
export const deviceIdOf = (udid: string): string => uuidV5(utf8.encode(udid), DEVICES);
