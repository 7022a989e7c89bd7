import type { LibraryEvent } from '@managed-os/contracts';
import { specify } from '@managed-os/kernel/testing';
import type { Enforcement } from '../enforcement/enforcement.js';
import { libraryItem } from './library-item.decider.js';

const itemId = '018f0000-0000-7000-8000-000000000001';
const given = specify(libraryItem);

const added: LibraryEvent = { type: 'ItemAdded', itemId, os: '12', name: 'macOS Monterey' };
const removed: LibraryEvent = { type: 'ItemRemoved', itemId, os: '12' };
const manual: Enforcement = {
  mode: 'manual',
  minimumVersion: '12.5.1',
  deadlineDate: '2022-09-16',
  time: '14:00',
  zone: 'America/New_York',
  deviceLocal: false,
};
const automatic: Enforcement = { mode: 'automatic', window: 'P1M', time: '14:00', deviceLocal: true };
const configured = (enforcement: Enforcement, previous?: Enforcement): LibraryEvent => ({
  type: 'EnforcementConfigured',
  itemId,
  os: '12',
  enforcement,
  ...(previous && { previous }),
});
const configure = (enforcement: Enforcement) => ({ type: 'ConfigureEnforcement', enforcement }) as const;

describe('a Managed OS item', () => {
  it('S52 is added to the Library for one major', () =>
    given().when({ type: 'AddItem', itemId, os: '12', name: 'macOS Monterey' }).then(added));

  it('is added once, however often that is asked', () =>
    given(added).when({ type: 'AddItem', itemId, os: '12', name: 'macOS Monterey' }).thenNothing());

  it('S70 has nothing in force before Save', () =>
    expect(given(added).state).toMatchObject({ is: 'present', enforcement: null }));

  it('S70 is in force once it was saved', () => given(added).when(configure(manual)).then(configured(manual)));

  it('tells what was in force before', () =>
    given(added, configured(manual)).when(configure(automatic)).then(configured(automatic, manual)));

  it('S58 can be saved as not managed', () =>
    given(added, configured(manual))
      .when(configure({ mode: 'do_not_manage', deviceLocal: false }))
      .then(configured({ mode: 'do_not_manage', deviceLocal: false }, manual)));

  it('makes no event when the same is saved again', () =>
    given(added, configured(manual))
      .when(configure({ ...manual }))
      .thenNothing());

  it.each(['11.7', '13.0', '120.1', '10.12'])('S62 refuses %s as the minimum of macOS 12', (minimumVersion) =>
    given(added)
      .when(configure({ ...manual, minimumVersion }))
      .thenRejected('minimum-version-not-of-this-os'),
  );

  it('S62 takes 10.15.7 as a minimum of Catalina, whose major has two numbers', () =>
    given({ ...added, os: '10.15' })
      .when(configure({ ...manual, minimumVersion: '10.15.7' }))
      .thenMatching((events) => expect(events).toHaveLength(1)));

  it('is renamed, but not to the name it has', () => {
    given(added).when({ type: 'RenameItem', name: 'Pilot' }).then({ type: 'ItemRenamed', itemId, name: 'Pilot' });
    given(added).when({ type: 'RenameItem', name: 'macOS Monterey' }).thenNothing();
    expect(given(added, { type: 'ItemRenamed', itemId, name: 'Pilot' }).state).toMatchObject({ name: 'Pilot' });
  });

  describe('a window of one release (Q40)', () => {
    const override = (window: string, version = '12.6') => ({ type: 'OverrideWindow', version, window }) as const;
    const overridden = (window: string, previousWindow?: string): LibraryEvent => ({
      type: 'ReleaseWindowOverridden',
      ...{ itemId, os: '12', version: '12.6', window },
      ...(previousWindow !== undefined && { previousWindow }),
    });
    const restored: LibraryEvent = {
      type: 'ReleaseWindowRestored',
      ...{ itemId, os: '12', version: '12.6', previousWindow: 'P3D' },
    };
    const item = [added, configured(automatic)];

    it('Q40 is an event of its own, with the reason and what was before', () => {
      given(...item)
        .when({ ...override('P3D'), reason: 'exploited' })
        .then({ ...overridden('P3D'), reason: 'exploited' } as LibraryEvent);
      given(...item, overridden('P3D'))
        .when(override('P4M'))
        .then(overridden('P4M', 'P3D'));
    });
    it('makes no event when it is set again', () =>
      given(...item, overridden('P3D'))
        .when(override('P3D'))
        .thenNothing());
    it('Q40 ends, and ends once', () => {
      given(...item, overridden('P3D'))
        .when({ type: 'RestoreWindow', version: '12.6' })
        .then(restored);
      given(...item, overridden('P3D'), restored)
        .when({ type: 'RestoreWindow', version: '12.6' })
        .thenNothing();
    });
    it('is of the item’s own major', () =>
      given(...item)
        .when(override('P3D', '13.0'))
        .thenRejected('version-not-of-this-os'));
    it.each([[added], [added, configured(manual)]])('needs an item that enforces automatically', (...history) =>
      given(...history)
        .when(override('P3D'))
        .thenRejected('item-not-automatic'),
    );
  });

  it('is removed once', () => {
    given(added).when({ type: 'RemoveItem' }).then(removed);
    given(added, removed).when({ type: 'RemoveItem' }).thenNothing();
  });

  it('does not come back by a repeated request', () =>
    given(added, removed).when({ type: 'AddItem', itemId, os: '12', name: 'macOS Monterey' }).thenNothing());

  it.each([configure(manual), { type: 'RenameItem', name: 'x' } as const])('cannot be changed when removed', (input) =>
    given(added, removed).when(input).thenRejected('no-such-item'),
  );

  it.each([configure(manual), { type: 'RenameItem', name: 'x' } as const, { type: 'RemoveItem' } as const])(
    'cannot be changed before it exists',
    (input) => given().when(input).thenRejected('no-such-item'),
  );
});
