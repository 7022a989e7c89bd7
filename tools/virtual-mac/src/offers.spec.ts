import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@managed-os/kernel';
import { offersAt } from './offers.js';
import { aMac, ON_11, RELEASES, START } from './testing/one-mac.js';

const versions = (osVersion: string, at: string, mac = aMac()): readonly string[] =>
  offersAt(mac, { osVersion }, at as Instant).map((found) => found.version);

describe('what Apple offers a Mac', () => {
  it.each([
    ['the newest of its major', '12.4', START, ['12.5.1']],
    ['nothing when it is there', '12.5.1', START, []],
    ['nothing before it is public', '12.5.1', '2022-09-12T16:59:59.999Z', []],
    ['from the moment it is public', '12.5.1', '2022-09-12T17:00:00.000Z', ['12.6']],
    ['and the newest of every later major', '11.6', START, ['11.6.8', '12.5.1']],
  ])('%s', (_, osVersion, at, expected) => expect(versions(osVersion, at)).toEqual(expected));

  it('leaves an earlier one on the list until it is withdrawn', () => {
    const releases = RELEASES.map((release) => ({ ...release, released: release.released as Instant }));
    const withdrawn = '2022-10-01T00:00:00.000Z' as Instant;
    const mac = { ...aMac(), releases: releases.map((r) => (r.version === '12.5.1' ? { ...r, withdrawn } : r)) };
    expect(versions('12.4', '2022-09-20T00:00:00.000Z', mac)).toEqual(['12.5.1', '12.6']);
    expect(versions('12.4', withdrawn, mac)).toEqual(['12.6']);
  });

  it('marks an upgrade as one', () => {
    expect(offersAt(aMac(ON_11), ON_11, START).map((found) => [found.productKey, found.major])).toEqual([
      ['MSU_UPDATE_20G730_patch_11.6.8_minor', false],
      ['MSU_UPDATE_21G83_full_12.5.1_major', true],
    ]);
  });
});
