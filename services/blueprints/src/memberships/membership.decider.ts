import type { BlueprintsEvent } from '@managed-os/contracts';
import { accept, type Decider } from '@managed-os/kernel';
import { UNASSIGNED } from '../blueprints/blueprint.decider.js';

export type MembershipInput =
  | { readonly type: 'MoveDevice'; readonly deviceId: string; readonly blueprintId: string }
  | { readonly type: 'DeviceEnrolled'; readonly deviceId: string }
  | { readonly type: 'BlueprintRemoved'; readonly deviceId: string; readonly blueprintId: string };

/** The Blueprint that a Mac is in; null for one that nobody has heard of or placed. */
export interface MembershipState {
  readonly blueprintId: string | null;
}

/** A Mac is in exactly one Blueprint; it may be placed before it enrolls. */
export const membership: Decider<MembershipInput, BlueprintsEvent, MembershipState> = {
  initial: { blueprintId: null },

  decide(input, { blueprintId }) {
    const { deviceId } = input;
    switch (input.type) {
      case 'DeviceEnrolled':
        return blueprintId === null ? accept({ type: 'DeviceMoved', deviceId, blueprintId: UNASSIGNED.id }) : accept();
      case 'MoveDevice':
        if (input.blueprintId === blueprintId) return accept();
        return accept({
          type: 'DeviceMoved',
          deviceId,
          blueprintId: input.blueprintId,
          ...(blueprintId !== null && { previousBlueprintId: blueprintId }),
        });
      case 'BlueprintRemoved':
        if (input.blueprintId !== blueprintId) return accept();
        return accept({
          type: 'DeviceMoved',
          deviceId,
          blueprintId: UNASSIGNED.id,
          previousBlueprintId: blueprintId,
        });
    }
  },

  evolve: (state, event) => (event.type === 'DeviceMoved' ? { blueprintId: event.blueprintId } : state),
};
