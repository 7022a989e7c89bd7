import type { BlueprintsEvent } from '@managed-os/contracts';
import { accept, type Decider, reject } from '@managed-os/kernel';

/** The Blueprint of every Mac that nobody put elsewhere: built in, without items, always there. */
export const UNASSIGNED = { id: '00000000-0000-4000-8000-000000000000', name: 'Unassigned' } as const;

/** The name as it is compared: case and the spelling of accents make no other name. */
export const nameKeyOf = (name: string): string => name.normalize('NFC').toLowerCase();

export type BlueprintInput = { readonly blueprintId: string } & (
  | {
      readonly type: 'CreateBlueprint' | 'RenameBlueprint';
      readonly name: string;
      /** The Blueprint that has this name now, as the list shows it. */
      readonly nameHolder: string | null;
    }
  | {
      readonly type: 'RemoveBlueprint';
      /** How many Macs are in it, as the list shows it. */
      readonly devices: number;
    }
  | { readonly type: 'AssignItem' | 'UnassignItem'; readonly itemId: string }
);

export type BlueprintRejection = 'no-such-blueprint' | 'blueprint-is-built-in' | 'name-taken' | 'blueprint-not-empty';

export type BlueprintState =
  | { readonly is: 'absent' | 'removed' }
  | { readonly is: 'present'; readonly name: string; readonly items: readonly string[] };

/** A Blueprint: its name and the items that apply to the Macs in it. An item may be on several (Q26). */
export const blueprint: Decider<BlueprintInput, BlueprintsEvent, BlueprintState, BlueprintRejection> = {
  initial: { is: 'absent' },

  decide(input, state) {
    const { blueprintId } = input;
    if (blueprintId === UNASSIGNED.id) return reject('blueprint-is-built-in');
    if (input.type === 'CreateBlueprint') {
      if (state.is !== 'absent') return accept();
      if (isTaken(input)) return reject('name-taken', { name: input.name });
      return accept({ type: 'BlueprintCreated', blueprintId, name: input.name });
    }
    if (state.is !== 'present') {
      return state.is === 'removed' && input.type === 'RemoveBlueprint' ? accept() : reject('no-such-blueprint');
    }
    switch (input.type) {
      case 'RenameBlueprint':
        if (input.name === state.name) return accept();
        if (isTaken(input)) return reject('name-taken', { name: input.name });
        return accept({ type: 'BlueprintRenamed', blueprintId, name: input.name });
      case 'RemoveBlueprint':
        if (input.devices > 0) return reject('blueprint-not-empty', { devices: input.devices });
        return accept({ type: 'BlueprintRemoved', blueprintId });
      case 'AssignItem':
        if (state.items.includes(input.itemId)) return accept();
        return accept({ type: 'ItemAssigned', blueprintId, itemId: input.itemId });
      case 'UnassignItem':
        if (!state.items.includes(input.itemId)) return accept();
        return accept({ type: 'ItemUnassigned', blueprintId, itemId: input.itemId });
    }
  },

  evolve(state, event) {
    if (event.type === 'BlueprintCreated') return { is: 'present', name: event.name, items: [] };
    if (state.is !== 'present') return state;
    switch (event.type) {
      case 'BlueprintRenamed':
        return { ...state, name: event.name };
      case 'BlueprintRemoved':
        return { is: 'removed' };
      case 'ItemAssigned':
        return { ...state, items: [...state.items, event.itemId] };
      case 'ItemUnassigned':
        return { ...state, items: state.items.filter((id) => id !== event.itemId) };
      case 'DeviceMoved':
        return state;
    }
  },
};

const isTaken = ({ name, nameHolder, blueprintId }: { name: string; nameHolder: string | null; blueprintId: string }) =>
  nameKeyOf(name) === nameKeyOf(UNASSIGNED.name) || (nameHolder !== null && nameHolder !== blueprintId);
