import { describe, expect, it } from '@jest/globals';
import { FAILURES } from '@managed-os/device-update';
import { labelled, type Words } from './failures.js';

const AT = new Date('2026-10-12T08:00:00Z');
const words = (said: string, change: Partial<Words> = {}): Words => ({
  kind: 'update',
  causes: ['unknown'],
  said,
  times: 1,
  devices: 1,
  firstAt: AT,
  lastAt: AT,
  ...change,
});

describe('what failed, counted (X10)', () => {
  it('X10 unknown words are kept word for word and counted, and come first', () =>
    expect(
      labelled([
        words('BatteryTooLow', { causes: ['no_power'], times: 9, devices: 7 }),
        words('SUMystery 7', { times: 3, devices: 2 }),
        words('SUMystery 8'),
      ]),
    ).toMatchObject({
      unknown: 4,
      items: [
        { said: 'SUMystery 7', cause: 'unknown', times: 3, devices: 2, firstAt: '2026-10-12T08:00:00.000Z' },
        { said: 'SUMystery 8', cause: 'unknown' },
        { said: 'BatteryTooLow', cause: 'no_power', whoActs: 'user', times: 9, devices: 7 },
      ],
    }));

  it('X10 a mapping that is added today names them all', () => {
    const mystery = { cause: 'mystery', whoActs: 'apple' as const, remedy: 'Wait.', words: [/SUMystery/] };
    expect(labelled([words('SUMystery 7'), words('SUMystery 8')], [mystery, ...FAILURES])).toMatchObject({
      unknown: 0,
      items: [{ cause: 'mystery' }, { cause: 'mystery' }],
    });
  });

  it('X10 words that were unknown once and are known since are one line', () =>
    expect(labelled([words('BatteryTooLow', { causes: ['no_power', 'unknown'], times: 9 })])).toMatchObject({
      unknown: 0,
      items: [{ cause: 'no_power', times: 9 }],
    }));

  it('nothing failed, nothing is counted', () => expect(labelled([])).toEqual({ unknown: 0, items: [] }));
});
