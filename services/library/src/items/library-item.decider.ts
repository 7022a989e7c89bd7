import type { LibraryEvent } from '@managed-os/contracts';
import { accept, type Decider, type OsMajor, reject } from '@managed-os/kernel';
import { type Enforcement, sameEnforcement } from '../enforcement/enforcement.js';
import { isOfMajor } from '../enforcement/enforcement.rules.js';

export type ItemInput =
  | { readonly type: 'AddItem'; readonly itemId: string; readonly os: OsMajor; readonly name: string }
  | { readonly type: 'RenameItem'; readonly name: string }
  | { readonly type: 'ConfigureEnforcement'; readonly enforcement: Enforcement }
  | { readonly type: 'OverrideWindow'; readonly version: string; readonly window: string; readonly reason?: string }
  | { readonly type: 'RestoreWindow'; readonly version: string }
  | { readonly type: 'RemoveItem' };

export type ItemRejection =
  'no-such-item' | 'minimum-version-not-of-this-os' | 'version-not-of-this-os' | 'item-not-automatic';

/** Nothing is in force until an enforcement was saved (S70). */
export type ItemState =
  | { readonly is: 'absent' | 'removed' }
  | {
      readonly is: 'present';
      readonly itemId: string;
      readonly os: OsMajor;
      readonly name: string;
      readonly enforcement: Enforcement | null;
      /** Windows of single releases, by version (Q40). */
      readonly overrides: Readonly<Record<string, string>>;
    };

/** A Managed OS item of the Library: one major, a name, and how its versions are enforced. */
export const libraryItem: Decider<ItemInput, LibraryEvent, ItemState, ItemRejection> = {
  initial: { is: 'absent' },

  decide(input, state) {
    if (input.type === 'AddItem') {
      const { itemId, os, name } = input;
      return state.is === 'absent' ? accept({ type: 'ItemAdded', itemId, os, name }) : accept();
    }
    if (state.is !== 'present') {
      return state.is === 'removed' && input.type === 'RemoveItem' ? accept() : reject('no-such-item');
    }
    const { itemId, os, name, enforcement, overrides } = state;
    switch (input.type) {
      case 'RenameItem':
        return input.name === name ? accept() : accept({ type: 'ItemRenamed', itemId, name: input.name });
      case 'ConfigureEnforcement': {
        const { minimumVersion } = input.enforcement;
        if (minimumVersion !== undefined && !isOfMajor(minimumVersion, os)) {
          return reject('minimum-version-not-of-this-os', { minimumVersion, os });
        }
        if (sameEnforcement(enforcement, input.enforcement)) return accept();
        return accept({
          type: 'EnforcementConfigured',
          itemId,
          os,
          enforcement: input.enforcement,
          ...(enforcement && { previous: enforcement }),
        });
      }
      case 'OverrideWindow': {
        const { version, window, reason } = input;
        if (!isOfMajor(version, os)) return reject('version-not-of-this-os', { version, os });
        if (enforcement?.mode !== 'automatic') return reject('item-not-automatic');
        const previousWindow = overrides[version];
        if (previousWindow === window) return accept();
        return accept({
          type: 'ReleaseWindowOverridden',
          itemId,
          os,
          version,
          window,
          ...(previousWindow !== undefined && { previousWindow }),
          ...(reason !== undefined && { reason }),
        });
      }
      case 'RestoreWindow': {
        const previousWindow = overrides[input.version];
        if (previousWindow === undefined) return accept();
        return accept({ type: 'ReleaseWindowRestored', itemId, os, version: input.version, previousWindow });
      }
      case 'RemoveItem':
        return accept({ type: 'ItemRemoved', itemId, os });
    }
  },

  evolve(state, event) {
    if (event.type === 'ItemAdded') {
      return { is: 'present', itemId: event.itemId, os: event.os, name: event.name, enforcement: null, overrides: {} };
    }
    if (state.is !== 'present') return state;
    switch (event.type) {
      case 'ItemRenamed':
        return { ...state, name: event.name };
      case 'EnforcementConfigured':
        return { ...state, enforcement: event.enforcement ?? null };
      case 'ItemRemoved':
        return { is: 'removed' };
      case 'ReleaseWindowOverridden':
        return { ...state, overrides: { ...state.overrides, [event.version]: event.window } };
      case 'ReleaseWindowRestored': {
        const others = Object.entries(state.overrides).filter(([version]) => version !== event.version);
        return { ...state, overrides: Object.fromEntries(others) };
      }
    }
  },
};
