import type { UnsavedChange } from '@managed-os/service-host';
import { invalid, policyOf } from '../inputs/read-enforcement.js';
import type { Change } from './change.js';
import type { PreviewBody } from './preview.bodies.js';

/** A change as it is previewed, and as its token names it. */
export interface ReadChange {
  readonly change: Change;
  readonly unsaved: UnsavedChange;
  readonly revision?: string;
}

/** Throws a 400 problem that names each field and the fix. */
export const readChange = (body: PreviewBody): ReadChange => {
  switch (body.kind) {
    case 'assignment': {
      const { itemId } = body;
      const { blueprintId } = needed(body, ['blueprintId']);
      return {
        change: { kind: 'assignment', blueprintId, itemId },
        unsaved: { kind: 'assignment', values: { blueprintId, itemId } },
      };
    }
    case 'enforcement': {
      const { itemId } = body;
      const { os, revision } = needed(body, ['os', 'revision']);
      const enforcement = body.enforcement ?? {};
      const policy = policyOf(os, enforcement);
      return {
        change: { kind: 'enforcement', itemId, os, policy, revision: Number(revision) },
        unsaved: { kind: 'enforcement', values: { itemId, os, enforcement } },
        revision,
      };
    }
    case 'override': {
      const { itemId } = body;
      const { version, revision } = needed(body, ['version', 'revision']);
      const override = { itemId, version, ...(body.window != null && { window: body.window }) };
      return {
        change: { kind: 'override', ...override, revision: Number(revision) },
        unsaved: { kind: 'override', values: override },
        revision,
      };
    }
  }
};

const needed = <N extends 'blueprintId' | 'os' | 'revision' | 'version'>(
  body: PreviewBody,
  names: readonly N[],
): Readonly<Record<N, string>> => {
  const missing = names.filter((name) => body[name] == null);
  if (missing.length > 0)
    throw invalid(
      missing.map((name) => ({ pointer: `/${name}`, detail: `${name} is needed when kind is ${body.kind}` })),
    );
  return Object.fromEntries(names.map((name) => [name, body[name]])) as Record<N, string>;
};
