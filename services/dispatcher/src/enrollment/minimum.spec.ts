import { describe, expect, it } from '@jest/globals';
import type { MachineInfo } from '@managed-os/apple-mdm';
import { without } from '@managed-os/kernel';
import { isBelowMinimum, type OfferedBuild, updateFor } from './minimum.js';

const mac = (more: Partial<MachineInfo> = {}): MachineInfo => ({
  udid: 'U',
  serialNumber: 'S',
  model: 'Mac14,2',
  buildVersion: '24G72',
  osVersion: '15.6',
  softwareUpdateDeviceId: 'J413AP',
  canBeToldToUpdate: true,
  keys: new Map(),
  ...more,
});
const offered = (version: string, build: string, more: Partial<OfferedBuild> = {}): OfferedBuild => ({
  version,
  build,
  public: true,
  installable: true,
  ...more,
});

describe('which Macs are below the minimum at their enrollment (section 3)', () => {
  it.each([
    ['older', mac(), true],
    ['older by the number, not by the text', mac({ osVersion: '26.9' }), true],
    ['the minimum itself', mac({ osVersion: '26.10' }), false],
    ['newer', mac({ osVersion: '27.0' }), false],
    ['with a supplement', mac({ osVersion: '26.10 (a)' }), false],
    ['that cannot be told', mac({ canBeToldToUpdate: false }), false],
    ['of macOS before 14, without its version', without(mac(), 'osVersion'), false],
    ['before 14.4, without its id in the feed', without(mac(), 'softwareUpdateDeviceId'), false],
    ['with a version that is none', mac({ osVersion: 'Tahoe' }), false],
  ])('%s', (_, info, below) => expect(isBelowMinimum(info, { version: '26.10' })).toBe(below));
});

describe('what a Mac has to install before it enrolls', () => {
  const minimum = { version: '26.6.1' };

  it('the minimum, where it is offered', () =>
    expect(updateFor('15.6', minimum, [offered('26.6.2', '25G83'), offered('26.6.1', '25G80')])).toEqual({
      osVersion: '26.6.1',
    }));

  it('with its build, when that is wanted and offered', () => {
    const both = [offered('26.6.1', '25G79'), offered('26.6.1', '25G80')];
    expect(updateFor('15.6', { ...minimum, build: '25G80' }, both)).toEqual({
      osVersion: '26.6.1',
      buildVersion: '25G80',
    });
    expect(updateFor('15.6', { ...minimum, build: '25G90' }, both)).toEqual({ osVersion: '26.6.1' });
  });

  it('the next version of the same major, where Apple took the minimum away', () =>
    expect(
      updateFor('15.6', minimum, [
        offered('26.6.1', '25G80', { installable: false, public: false }),
        offered('26.10', '25J1'),
        offered('26.7', '25H1'),
        offered('27.0', '26A428'),
      ]),
    ).toEqual({ osVersion: '26.7' }));

  it.each<[string, readonly OfferedBuild[]]>([
    ['nothing is known of this Mac', []],
    ['all is older', [offered('26.6', '25G72')]],
    ['only another major is offered', [offered('27.0', '26A428')]],
    ['it left every list', [offered('26.6.1', '25G80', { installable: false, public: false })]],
  ])('nothing, or it would be sent round in circles: %s', (_, builds) =>
    expect(updateFor('15.6', minimum, builds)).toBeUndefined(),
  );

  it('what is not public any more only from macOS 15 on', () => {
    const builds = [offered('26.6.1', '25G80', { public: false }), offered('26.7', '25H1')];
    expect(updateFor('15.0', minimum, builds)).toEqual({ osVersion: '26.6.1' });
    expect(updateFor('14.8', minimum, builds)).toEqual({ osVersion: '26.7' });
  });
});
