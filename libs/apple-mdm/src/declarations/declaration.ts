import { canonicalJson } from '../json/canonical.js';
import type { JsonObject } from '../json/value.js';

/** The four kinds; a `Type` names its own, and so does the endpoint at which a declaration is fetched. */
export const DECLARATION_KINDS = ['activation', 'asset', 'configuration', 'management'] as const;

export type DeclarationKind = (typeof DECLARATION_KINDS)[number];

/** Apple's name for what a declaration declares. */
export type DeclarationType = `com.apple.${DeclarationKind}.${string}`;

/** What a declaration says; its revision follows from it. */
export interface DeclarationContent {
  readonly type: DeclarationType;
  /** Unique among the declarations of one channel of a Mac; at most 64 octets. */
  readonly identifier: string;
  /** In Apple's keys. */
  readonly payload: JsonObject;
}

export interface Declaration extends DeclarationContent {
  /** Changes with any part of the content and with nothing else (traps 4 and 5); at most 64 octets. */
  readonly serverToken: string;
}

/** The SHA-256 of a text's UTF-8 as 64 hexadecimal digits. */
export type Sha256 = (text: string) => string;

const MOST_OCTETS = 64;

/** The declaration of a content. Throws `RangeError` for an identifier or a token of more than 64 octets, or an empty one. */
export const declarationOf = ({ type, identifier, payload }: DeclarationContent, sha256: Sha256): Declaration => ({
  type,
  identifier: checked(identifier),
  serverToken: checked(sha256(canonicalJson({ Type: type, Identifier: identifier, Payload: payload }))),
  payload,
});

const checked = (text: string): string => {
  const octets = new TextEncoder().encode(text).length;
  if (octets > 0 && octets <= MOST_OCTETS) return text;
  throw new RangeError(`${octets} octets where 1 to ${MOST_OCTETS} are allowed: ${JSON.stringify(text)}`);
};

/** The document that a Mac fetches, JSON with all four keys (section 4.1). */
export const writeDeclaration = ({ type, identifier, serverToken, payload }: Declaration): string =>
  JSON.stringify({ Type: type, Identifier: identifier, ServerToken: serverToken, Payload: payload });

export const declarationKindOf = (type: DeclarationType): DeclarationKind => {
  const kind = DECLARATION_KINDS.find((known) => type.startsWith(`com.apple.${known}.`));
  if (kind) return kind;
  throw new RangeError(`not a type of declaration: ${JSON.stringify(type)}`);
};
