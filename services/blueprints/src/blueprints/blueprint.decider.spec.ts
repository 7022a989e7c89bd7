import type { BlueprintsEvent } from '@managed-os/contracts';
import { specify } from '@managed-os/kernel/testing';
import { blueprint, type BlueprintInput, UNASSIGNED } from './blueprint.decider.js';

const given = specify(blueprint);
const blueprintId = '018f0000-0000-7000-8000-00000000000b';
const itemId = '018f0000-0000-7000-8000-000000000001';
const another = '018f0000-0000-7000-8000-000000000002';

const created: BlueprintsEvent = { type: 'BlueprintCreated', blueprintId, name: 'Design' };
const removed: BlueprintsEvent = { type: 'BlueprintRemoved', blueprintId };
const assigned: BlueprintsEvent = { type: 'ItemAssigned', blueprintId, itemId };
const create = (name = 'Design', nameHolder: string | null = null): BlueprintInput => ({
  type: 'CreateBlueprint',
  blueprintId,
  name,
  nameHolder,
});
const rename = (name: string, nameHolder: string | null = null): BlueprintInput => ({
  ...create(name, nameHolder),
  type: 'RenameBlueprint',
  name,
  nameHolder,
});
const remove = (devices = 0): BlueprintInput => ({ type: 'RemoveBlueprint', blueprintId, devices });
const assign = (id = itemId): BlueprintInput => ({ type: 'AssignItem', blueprintId, itemId: id });
const unassign: BlueprintInput = { type: 'UnassignItem', blueprintId, itemId };

describe('a Blueprint', () => {
  it('is created once', () => {
    given().when(create()).then(created);
    given(created).when(create()).thenNothing();
    given(created, removed).when(create()).thenNothing();
  });

  it('has a name that no other has, and not that of the built-in one', () => {
    given().when(create('Design', another)).thenRejected('name-taken');
    given().when(create('unassigned')).thenRejected('name-taken');
    given(created).when(rename('Sales', another)).thenRejected('name-taken');
  });

  it('is renamed, also to another spelling of its own name', () => {
    given(created).when(rename('Sales')).then({ type: 'BlueprintRenamed', blueprintId, name: 'Sales' });
    given(created).when(rename('DESIGN', blueprintId)).then({ type: 'BlueprintRenamed', blueprintId, name: 'DESIGN' });
    given(created).when(rename('Design', blueprintId)).thenNothing();
    expect(given(created, { type: 'BlueprintRenamed', blueprintId, name: 'Sales' }).state).toMatchObject({
      name: 'Sales',
    });
  });

  it('S52 S56 gets items, each once', () => {
    given(created).when(assign()).then(assigned);
    given(created, assigned).when(assign()).thenNothing();
    given(created, assigned).when(assign(another)).then({ type: 'ItemAssigned', blueprintId, itemId: another });
  });

  it('loses items, each once', () => {
    given(created, assigned).when(unassign).then({ type: 'ItemUnassigned', blueprintId, itemId });
    given(created).when(unassign).thenNothing();
    expect(given(created, assigned, { type: 'ItemUnassigned', blueprintId, itemId }).state).toMatchObject({
      items: [],
    });
  });

  it('is removed when no Mac is in it', () => {
    given(created).when(remove()).then(removed);
    given(created).when(remove(3)).thenRejected('blueprint-not-empty');
    given(created, removed).when(remove()).thenNothing();
  });

  it.each([rename('x'), assign(), unassign])('cannot be changed when it does not exist', (input) => {
    given().when(input).thenRejected('no-such-blueprint');
    given(created, removed).when(input).thenRejected('no-such-blueprint');
  });

  it('cannot be removed before it exists', () => given().when(remove()).thenRejected('no-such-blueprint'));

  it.each([create(), rename('x'), remove(), assign(), unassign])('is left alone when it is the built-in one', (input) =>
    given()
      .when({ ...input, blueprintId: UNASSIGNED.id })
      .thenRejected('blueprint-is-built-in'),
  );
});
