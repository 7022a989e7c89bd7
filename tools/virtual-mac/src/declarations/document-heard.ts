import { createHash } from 'node:crypto';
import type { Instant } from '@managed-os/kernel';
import type { Mac } from '../fleet.js';
import { canonical } from '../json.js';
import { type DefectKind, type MacState, withDefect } from '../state.js';
import { CAPABILITIES } from '../status/capabilities.js';
import { type Content, type Declaration, isSame, type Item } from './declaration.js';
import type { Step } from './declarative-state.js';
import { isForEnrollment, typeOf } from './schema.js';
import { type Document, readDocument } from './server-replies.js';
import { onwards } from './sync-steps.js';

/** A document came. One that is no declaration is held all the same, as an invalid one, until its token changes. */
export const documentHeard = (
  mac: Mac,
  state: MacState,
  sync: Step<'declarations'>,
  item: Item,
  body: Uint8Array,
  at: Instant,
): MacState => {
  const read = readDocument(body, item);
  if (!read.ok) {
    const noted = withDefect(state, at, 'declaration-malformed', `${item.identifier}: ${read.mistake} (trap 7)`);
    return onwards(noted, { ...sync, fetched: [...sync.fetched, { ...item, content: null }] });
  }
  const { serverToken, type, payload } = read.value;
  const declaration: Declaration = { ...item, serverToken, content: { type, payload } };
  const doubts = serverToken === item.serverToken ? [] : [{ ...item, given: serverToken }];
  return onwards(judged(mac, state, declaration, read.value, at), {
    ...sync,
    fetched: [...sync.fetched, declaration],
    doubts: [...sync.doubts, ...doubts],
  });
};

const DOCUMENTS_REMEMBERED = 200;

/** What a Mac itself would never say: whether tokens and contents went together as they should. */
const judged = (mac: Mac, state: MacState, item: Item, document: Document, at: Instant): MacState => {
  const { type, serverToken } = document;
  const key = `${item.identifier} ${serverToken}`;
  const digest = digestOf(document);
  const before = state.documents[key];
  const mine = state.declarative?.held.find((declaration) => isSame(declaration, item));
  const known = { ...state, documents: remembering(state.documents, key, digest) };
  const faults: readonly (readonly [kind: DefectKind, detail: string, isSo: boolean])[] = [
    [
      'content-changed-under-token',
      `${key} was another document before (trap 4)`,
      before !== undefined && before !== digest,
    ],
    [
      'token-changed-without-content',
      `${item.identifier} is the same under ${mine?.serverToken} and ${serverToken} (trap 5)`,
      mine?.content != null && mine.serverToken !== serverToken && digestOf(mine.content) === digest,
    ],
    ['unadvertised-declaration', `${type} is not among this Mac's capabilities`, isUnadvertised(mac, state, type)],
  ];
  return faults.reduce((noted, [kind, detail, isSo]) => (isSo ? withDefect(noted, at, kind, detail) : noted), known);
};

const digestOf = ({ type, payload }: Content): string =>
  createHash('sha256').update(canonical({ type, payload })).digest('base64url').slice(0, 16);

const remembering = (
  documents: MacState['documents'],
  key: string,
  digest: string,
): Readonly<Record<string, string>> => {
  const others = Object.entries(documents).filter(([other]) => other !== key);
  return Object.fromEntries([...others.slice(1 - DOCUMENTS_REMEMBERED), [key, digest]]);
};

/** Only a server that was told what the Mac can do is to blame. */
const isUnadvertised = (mac: Mac, { osVersion, declarative }: MacState, name: string): boolean => {
  const type = typeOf(name, osVersion);
  return declarative?.told[CAPABILITIES] !== undefined && (!type || !isForEnrollment(mac, type));
};
