import { decodeJson, isJsonDict, isList, type Json, octets } from '../json.js';
import { type Content, type Item, type Kind, KINDS, LISTS } from './declaration.js';

/** What the server said, or why it is not what Apple's schema asks for. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly mistake: string };

const good = <T>(value: T): Read<T> => ({ ok: true, value });
const bad = (mistake: string): Read<never> => ({ ok: false, mistake });

export interface Tokens {
  readonly declarationsToken: string;
  readonly timestamp: string;
}

const WHOLE_SECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** TokensResponse: the answer to `tokens`, and what the command may carry. */
export const readTokens = (body: Uint8Array): Read<Tokens> => {
  const tokens = decodeJson(body)?.['SyncTokens'];
  if (!isJsonDict(tokens)) return bad('no SyncTokens');
  const { DeclarationsToken: declarationsToken, Timestamp: timestamp } = tokens;
  if (typeof declarationsToken !== 'string' || declarationsToken === '') return bad('no DeclarationsToken');
  if (typeof timestamp !== 'string' || !WHOLE_SECONDS.test(timestamp) || Number.isNaN(Date.parse(timestamp))) {
    return bad(`the Timestamp ${JSON.stringify(timestamp)} is not of whole seconds ending in Z (trap 38)`);
  }
  return good({ declarationsToken, timestamp });
};

export interface Manifest {
  readonly declarationsToken: string;
  readonly items: readonly Item[];
}

/** DeclarationItemsResponse: the answer to `declaration-items`. */
export const readManifest = (body: Uint8Array): Read<Manifest> => {
  const response = decodeJson(body);
  const [lists, declarationsToken] = [response?.['Declarations'], response?.['DeclarationsToken']];
  if (!isJsonDict(lists)) return bad('no Declarations');
  if (typeof declarationsToken !== 'string' || declarationsToken === '') return bad('no DeclarationsToken');
  const items: Item[] = [];
  for (const kind of KINDS) {
    const { listed } = LISTS[kind];
    const list = lists[listed];
    if (!isList(list)) return bad(`Declarations.${listed} is ${JSON.stringify(list)}, not a list`);
    const read = list.map((entry) => itemOf(kind, entry));
    const found = read.filter((item) => item !== undefined);
    if (found.length < read.length)
      return bad(`Declarations.${listed} has an entry without Identifier and ServerToken`);
    items.push(...found);
  }
  const names = items.map(({ identifier }) => identifier);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined ? good({ declarationsToken, items }) : bad(`the Identifier ${twice} is there twice`);
};

const itemOf = (kind: Kind, entry: Json): Item | undefined => {
  if (!isJsonDict(entry)) return undefined;
  const { Identifier: identifier, ServerToken: serverToken } = entry;
  return typeof identifier === 'string' && identifier !== '' && typeof serverToken === 'string' && serverToken !== ''
    ? { kind, identifier, serverToken }
    : undefined;
};

/** A declaration as it was fetched. */
export interface Document extends Content {
  readonly serverToken: string;
}

export const readDocument = (body: Uint8Array, asked: Item): Read<Document> => {
  const document = decodeJson(body);
  if (!document) return bad('no JSON object');
  const { Type: type, Identifier: identifier, ServerToken: serverToken, Payload: payload } = document;
  if (typeof type !== 'string') return bad('no Type');
  if (identifier !== asked.identifier) return bad(`the Identifier is ${JSON.stringify(identifier)}`);
  if (typeof serverToken !== 'string' || serverToken === '') return bad('no ServerToken');
  if (!isJsonDict(payload)) return bad('no Payload');
  return type.startsWith(`com.apple.${asked.kind}.`)
    ? good({ type, serverToken, payload })
    : bad(`the Type ${type} is no ${asked.kind}`);
};

/** What is longer than Apple allows, in words. */
export const tooLong = (declarationsToken: string, items: readonly Item[] = []): readonly string[] => [
  ...(octets(declarationsToken) > 256 ? ['a DeclarationsToken of more than 256 octets'] : []),
  ...items
    .filter(({ identifier, serverToken }) => octets(identifier) > 64 || octets(serverToken) > 64)
    .map(({ identifier }) => `Identifier or ServerToken of more than 64 octets: ${identifier}`),
];
