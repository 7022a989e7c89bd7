import { describe, expect, it } from '@jest/globals';
import { counted } from './compliance.js';

const group = (status: string, devices = 1, change = {}) => ({
  blueprintId: null,
  status,
  silent: false,
  devices,
  overdue: 0,
  ...change,
});

describe('compliance', () => {
  it('X11 only a version that was seen counts as compliant, and silence is unknown', () =>
    expect(
      counted([
        group('compliant', 3),
        group('above_required', 2),
        group('compliant', 1, { silent: true }),
        group('due', 4, { overdue: 2 }),
        group('blocked'),
        group('incompatible'),
        group('unknown'),
        group('not_managed', 2),
        group('not_managed', 1, { silent: true }),
        group('a status of tomorrow'),
      ]),
    ).toEqual({
      devices: 17,
      compliant: 5,
      owed: 6,
      overdue: 2,
      unknown: 3,
      notManaged: 3,
      byStatus: {
        compliant: 4,
        above_required: 2,
        due: 4,
        blocked: 1,
        incompatible: 1,
        unknown: 1,
        not_managed: 3,
        'a status of tomorrow': 1,
      },
    }));

  it('an empty fleet is all zeros', () =>
    expect(counted([])).toEqual({
      devices: 0,
      compliant: 0,
      owed: 0,
      overdue: 0,
      unknown: 0,
      notManaged: 0,
      byStatus: {},
    }));
});
