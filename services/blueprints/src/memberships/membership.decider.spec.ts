import type { BlueprintsEvent } from '@managed-os/contracts';
import { specify } from '@managed-os/kernel/testing';
import { UNASSIGNED } from '../blueprints/blueprint.decider.js';
import { membership } from './membership.decider.js';

const given = specify(membership);
const deviceId = '018f0000-0000-7000-8000-0000000000d1';
const design = '018f0000-0000-7000-8000-00000000000b';
const sales = '018f0000-0000-7000-8000-00000000000c';

const moved = (blueprintId: string, previousBlueprintId?: string): BlueprintsEvent => ({
  type: 'DeviceMoved',
  deviceId,
  blueprintId,
  ...(previousBlueprintId !== undefined && { previousBlueprintId }),
});
const move = (blueprintId: string) => ({ type: 'MoveDevice', deviceId, blueprintId }) as const;
const enrolled = { type: 'DeviceEnrolled', deviceId } as const;

describe('the Blueprint of a Mac', () => {
  it('is Unassigned when it enrolls and nobody placed it', () => given().when(enrolled).then(moved(UNASSIGNED.id)));
  it('stays when it enrolls again', () => given(moved(design)).when(enrolled).thenNothing());
  it('can be chosen before it enrolls', () => given().when(move(design)).then(moved(design)));
  it('Q26 is one: a move names the one it leaves', () =>
    given(moved(design)).when(move(sales)).then(moved(sales, design)));
  it('makes no event when it is there already', () => given(moved(design)).when(move(design)).thenNothing());
  it('is Unassigned when its Blueprint was removed', () =>
    given(moved(design))
      .when({ type: 'BlueprintRemoved', deviceId, blueprintId: design })
      .then(moved(UNASSIGNED.id, design)));
  it('is not touched when another Blueprint was removed', () =>
    given(moved(sales)).when({ type: 'BlueprintRemoved', deviceId, blueprintId: design }).thenNothing());
});
