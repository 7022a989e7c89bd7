import { addMillis, type Instant, instant, latest, toMillis } from '@managed-os/kernel';
import { canonicalJson } from '../json/canonical.js';
import { type Declaration, type DeclarationKind, declarationKindOf, type Sha256 } from './declaration.js';

/** What a Mac compares with what it has. */
export interface SyncTokens {
  readonly declarationsToken: string;
  /** Of the change that made this set; `syncTimestamp` gives one. */
  readonly timestamp: Instant;
}

const SECOND = 1000;

/** The token of a set: the same for the same declarations in any order, another for any other set (trap 6). */
export const declarationsToken = (set: readonly Declaration[], sha256: Sha256): string =>
  sha256(canonicalJson(inOrder(set).map(({ identifier, serverToken }) => [identifier, serverToken])));

/** When a set changed: whole seconds, and later than the set before, whatever the clock says (trap 38). */
export const syncTimestamp = (now: Instant, before: Instant | undefined): Instant => {
  const second = instant(Math.floor(toMillis(now) / SECOND) * SECOND);
  return before === undefined ? second : latest(second, addMillis(before, SECOND));
};

/** The answer to `tokens`, and the `Data` of the command (TokensResponse). */
export const writeTokens = ({ declarationsToken: token, timestamp }: SyncTokens): string =>
  JSON.stringify({ SyncTokens: { DeclarationsToken: token, Timestamp: `${timestamp.slice(0, 19)}Z` } });

/** The answer to `declaration-items` (DeclarationItemsResponse). Its token is reckoned from what it lists. */
export const writeDeclarationItems = (set: readonly Declaration[], sha256: Sha256): string => {
  const of = (kind: DeclarationKind) =>
    inOrder(set)
      .filter(({ type }) => declarationKindOf(type) === kind)
      .map(({ identifier, serverToken }) => ({ Identifier: identifier, ServerToken: serverToken }));
  return JSON.stringify({
    Declarations: {
      Activations: of('activation'),
      Configurations: of('configuration'),
      Assets: of('asset'),
      Management: of('management'),
    },
    DeclarationsToken: declarationsToken(set, sha256),
  });
};

const inOrder = (set: readonly Declaration[]): readonly Declaration[] =>
  set.toSorted((a, b) => (a.identifier < b.identifier ? -1 : a.identifier > b.identifier ? 1 : 0));
