import { DECLARATION_KINDS, type DeclarationKind } from './declaration.js';

/** What a Mac asks for in a `DeclarativeManagement` check-in (section 4.2). */
export type Endpoint =
  | { readonly asks: 'tokens' | 'declaration-items' | 'status' | 'unknown' }
  | { readonly asks: 'declaration'; readonly kind: DeclarationKind; readonly identifier: string };

const DECLARATION = new RegExp(`^declaration/(${DECLARATION_KINDS.join('|')})/(.+)$`, 's');

/** Any text is an endpoint, if an unknown one. An identifier may hold slashes, and is taken as it is. */
export const parseEndpoint = (endpoint: string): Endpoint => {
  if (endpoint === 'tokens' || endpoint === 'declaration-items' || endpoint === 'status') return { asks: endpoint };
  const [, name, identifier] = DECLARATION.exec(endpoint) ?? [];
  const kind = DECLARATION_KINDS.find((known) => known === name);
  return kind && identifier !== undefined ? { asks: 'declaration', kind, identifier } : { asks: 'unknown' };
};
