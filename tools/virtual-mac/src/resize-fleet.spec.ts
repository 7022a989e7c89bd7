import { describe, expect, it } from '@jest/globals';
import { resizeFleet } from './resize-fleet.js';

const file = { seed: 's', macs: [{ name: 'a', serial: 'A', udid: 'UDID-OF-A' }, { serial: 'B' }] };

describe('a fleet of another size', () => {
  it.each([
    [1, [{ name: 'a', serial: 'A', udid: 'UDID-OF-A' }]],
    [2, file.macs],
    [4, [...file.macs, { name: 'a-2', serial: 'A-2' }, { serial: 'B-2' }]],
  ])('%d: the first Macs, then copies with identities of their own', (count, macs) => {
    expect(resizeFleet(file, count)).toEqual({ seed: 's', macs });
  });

  it('leaves what is no fleet to the parser', () => expect(resizeFleet('no fleet', 3)).toBe('no fleet'));
});
