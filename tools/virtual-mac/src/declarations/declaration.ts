import type { JsonDict } from '../json.js';

/** The third word of a declaration's type, and the second of the address where it is fetched. */
export const KINDS = ['activation', 'asset', 'configuration', 'management'] as const;
export type Kind = (typeof KINDS)[number];

/** How the server's list of declarations and the Mac's report call a kind. */
export const LISTS = {
  activation: { listed: 'Activations', reported: 'activations' },
  asset: { listed: 'Assets', reported: 'assets' },
  configuration: { listed: 'Configurations', reported: 'configurations' },
  management: { listed: 'Management', reported: 'management' },
} as const satisfies Record<Kind, { readonly listed: string; readonly reported: string }>;

/** An entry of the server's list. */
export interface Item {
  readonly kind: Kind;
  readonly identifier: string;
  readonly serverToken: string;
}

export interface Content {
  readonly type: string;
  readonly payload: JsonDict;
}

/** A declaration the Mac holds; `content` is `null` when what came was no declaration. */
export interface Declaration extends Item {
  readonly content: Content | null;
}

export const isSame = (a: Pick<Item, 'kind' | 'identifier'>, b: Pick<Item, 'kind' | 'identifier'>): boolean =>
  a.kind === b.kind && a.identifier === b.identifier;
