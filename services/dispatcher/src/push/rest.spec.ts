import { describe, expect, it } from '@jest/globals';
import type { PushOutcome } from './push.js';
import { Rest } from './rest.js';

const accepted: PushOutcome = { kind: 'accepted' };
const dead: PushOutcome = { kind: 'refused', reason: 'Unregistered' };
const later: PushOutcome = { kind: 'later', reason: 'UND_ERR_HEADERS_TIMEOUT' };
const away: PushOutcome = { kind: 'away', reason: 'ECONNREFUSED' };
const refused: PushOutcome = { kind: 'certificate-refused', reason: 'BadCertificate' };

/** The pauses after each of these, each sent as soon as the one before is over. */
const pauses = (...waves: readonly (readonly PushOutcome[])[]): readonly number[] => {
  const rest = new Rest(60_000);
  let elapsed = 5_000;
  return waves.map((outcomes) => {
    rest.note(outcomes, elapsed);
    const left = rest.left(elapsed);
    elapsed += left;
    return left;
  });
};

describe('how long pushing pauses', () => {
  it('not at all while something gets through', () =>
    expect(pauses([accepted], [dead], [later], [accepted, later], [])).toEqual([0, 0, 0, 0, 0]));

  it('a second after the service was away, then twice as long each time, at most as long as it is told', () =>
    expect(pauses([away], [away], [away], [away], [away], [away], [away], [away])).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]));

  it('a second again once something got through, be it a refusal of a token', () => {
    expect(pauses([away], [away], [accepted], [away])).toEqual([1_000, 2_000, 0, 1_000]);
    expect(pauses([away], [away], [dead], [away])).toEqual([1_000, 2_000, 0, 1_000]);
    expect(pauses([away], [away, accepted], [away, accepted])).toEqual([1_000, 1_000, 1_000]);
  });

  it('as it was when one Mac alone did not get through', () =>
    expect(pauses([away], [later], [away])).toEqual([1_000, 0, 2_000]));

  it('as long as the service asks, when that is longer', () =>
    expect(pauses([{ ...away, retryAfterMillis: 120_000 }], [{ ...away, retryAfterMillis: 1 }])).toEqual([
      120_000, 2_000,
    ]));

  it('ten minutes after our certificate was refused', () => expect(pauses([refused])).toEqual([600_000]));

  it('once for pushes that were under way together', () => {
    const rest = new Rest(60_000);
    for (let wave = 0; wave < 10; wave += 1) rest.note([away], 100);
    expect(rest.left(100)).toBe(1_000);
  });
});

describe('what is the trouble', () => {
  it.each([
    [[away], 'away'],
    [[refused], 'certificate-refused'],
    [[away, later], 'away'],
    [[away, accepted], 'away'],
  ] as const)('%j', (outcomes, trouble) => {
    const rest = new Rest(60_000);
    expect(rest.trouble).toBeUndefined();
    rest.note(outcomes, 0);
    expect(rest.trouble).toBe(trouble);
    rest.note([later], 10_000);
    expect(rest.trouble).toBe(trouble);
    rest.note([accepted], 20_000);
    expect(rest.trouble).toBeUndefined();
  });
});
