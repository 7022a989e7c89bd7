import { describe, expect, it } from '@jest/globals';
import { release } from '@managed-os/enforcement/testing';
import { withChange } from './with-change.js';

const change = {
  ...{ change: 'release_added', version: '12.6', build: '21G115', os: '12', kind: 'minor', released: '2022-09-12' },
  ...{ supportedDevices: ['J314sAP'], devices: [], installer: true, comboPackage: false },
};
const before = [release('12.5', '2022-07-20'), release('12.6', '2022-09-12', { build: '21G115' })];
const changed = (more: Partial<typeof change>) =>
  withChange(before, { ...change, ...more }).find(({ version }) => version === '12.6');

describe('X14 the releases as a proposed change would have them', () => {
  it('one more', () =>
    expect(withChange(before.slice(0, 1), change)[1]).toMatchObject({
      version: '12.6',
      supportedDevices: ['J314sAP'],
    }));
  it('for other Macs', () =>
    expect(changed({ change: 'devices_removed', supportedDevices: [] })?.supportedDevices).toEqual([]));
  it('of an earlier day, never of a later one', () => {
    expect(changed({ change: 'moved_back', released: '2022-09-01' })?.released).toBe('2022-09-01');
    expect(changed({ change: 'moved_back', released: '2022-10-01' })?.released).toBe('2022-09-12');
  });
  it.each(['left_public', 'left_all', 'something_new'])('%s takes nothing back that is owed', (kind) =>
    expect(withChange(before, { ...change, change: kind })).toEqual(before),
  );
});
