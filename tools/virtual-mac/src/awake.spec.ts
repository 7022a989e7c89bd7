import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@managed-os/kernel';
import { afterAwake, awakeFrom, awakeMillis, isAwake } from './awake.js';
import { aMac } from './testing/one-mac.js';

const HOUR = 3_600_000;
const office = aMac({ zone: 'Europe/Berlin', awake: { from: '08:00', to: '18:00', days: [1, 2, 3, 4, 5] } });
const night = aMac({ zone: 'America/New_York', awake: { from: '20:00', to: '04:00' } });
const at = (text: string): Instant => text as Instant;

describe('when a Mac is awake', () => {
  it.each([
    ['before work', office, '2022-09-12T05:59:00.000Z', '2022-09-12T06:00:00.000Z'],
    ['at work', office, '2022-09-12T06:00:00.000Z', '2022-09-12T06:00:00.000Z'],
    ['after work', office, '2022-09-12T16:00:00.000Z', '2022-09-13T06:00:00.000Z'],
    ['over the weekend', office, '2022-09-09T16:00:00.000Z', '2022-09-12T06:00:00.000Z'],
    ['after the clocks went back', office, '2022-10-28T16:00:00.000Z', '2022-10-31T07:00:00.000Z'],
    ['a stretch over midnight', night, '2022-09-12T07:59:00.000Z', '2022-09-12T07:59:00.000Z'],
    ['the end of it', night, '2022-09-12T08:00:00.000Z', '2022-09-13T00:00:00.000Z'],
    ['no hours at all', aMac(), '2022-09-12T03:00:00.000Z', '2022-09-12T03:00:00.000Z'],
  ])('%s', (_, mac, now, awake) => {
    expect(awakeFrom(mac, at(now))).toBe(awake);
    expect(isAwake(mac, at(now))).toBe(now === awake);
  });

  it('counts only what it was awake, and finds the end of so much of it', () => {
    const [friday, monday] = [at('2022-09-09T15:00:00.000Z'), at('2022-09-12T08:00:00.000Z')];
    expect(awakeMillis(office, friday, monday)).toBe(3 * HOUR);
    expect(afterAwake(office, friday, 3 * HOUR)).toBe(monday);
    expect(isAwake(office, afterAwake(office, friday, HOUR))).toBe(true);
  });
});
