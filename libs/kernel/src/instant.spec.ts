import { parseInstant } from './instant.js';

describe('instants', () => {
  it.each([
    ['2022-09-10T06:00:00Z', '2022-09-10T06:00:00.000Z'],
    ['2022-09-10T06:00:00.5Z', '2022-09-10T06:00:00.500Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
  ])('%s is written %s', (text, written) => expect(parseInstant(text)).toBe(written));

  it.each([
    ['2022-09-10T06:00:00'],
    ['2022-09-10T06:00:00+02:00'],
    ['2022-09-10'],
    ['2022-02-30T06:00:00Z'],
    ['2022-02-29T06:00:00Z'],
    ['2022-13-01T06:00:00Z'],
    ['2022-09-10T24:00:00Z'],
    ['2022-09-10T23:60:00Z'],
    ['yesterday'],
  ])('%s is none', (text) => expect(parseInstant(text)).toBeUndefined());
});
