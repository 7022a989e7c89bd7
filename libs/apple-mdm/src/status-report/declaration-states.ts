import type { DeclarationKind } from '../declarations/declaration.js';
import { flagAt, objectsAt, textAt } from '../json/read.js';
import { reasonsAt, type StatusReason } from './reasons.js';
import { type Status, statusObject } from './status.js';

/** What a Mac says of one declaration. */
export interface DeclarationState {
  readonly kind: DeclarationKind;
  readonly identifier: string;
  /** Of the revision that this is about. */
  readonly serverToken: string;
  readonly active: boolean;
  /** Apple's word: unknown, invalid, valid; open. */
  readonly valid: string;
  readonly reasons: readonly StatusReason[];
}

const LISTS: Readonly<Record<DeclarationKind, string>> = {
  activation: 'activations',
  asset: 'assets',
  configuration: 'configurations',
  management: 'management',
};

export const declarationStates = (status: Status): readonly DeclarationState[] => [
  ...statesOf(status, 'activation'),
  ...statesOf(status, 'asset'),
  ...statesOf(status, 'configuration'),
  ...statesOf(status, 'management'),
];

const statesOf = (status: Status, kind: DeclarationKind): readonly DeclarationState[] =>
  objectsAt(statusObject(status, 'management.declarations'), LISTS[kind]).map((state) => ({
    kind,
    identifier: textAt(state, 'identifier') ?? '',
    serverToken: textAt(state, 'server-token') ?? '',
    active: flagAt(state, 'active') ?? false,
    valid: textAt(state, 'valid') ?? 'unknown',
    reasons: reasonsAt(state, 'reasons'),
  }));

/** What the Mac says of this very revision; `undefined` while it speaks of none or of another one. */
export const declarationStateOf = (
  status: Status,
  declaration: { readonly identifier: string; readonly serverToken: string },
): DeclarationState | undefined =>
  declarationStates(status).find(
    ({ identifier, serverToken }) => identifier === declaration.identifier && serverToken === declaration.serverToken,
  );

/** Both are needed: a Mac can call active what it cannot apply (trap 10). A management declaration never is in force. */
export const isInForce = ({ active, valid }: DeclarationState): boolean => active && valid === 'valid';
