import { barOf } from './projections.js';

describe('a bar', () => {
  it.each([
    ['0', '0', '[##############################] 100 %, 0 of 0'],
    ['1', '3', '[##########                    ] 33 %, 1 of 3'],
    ['4', '3', '[##############################] 100 %, 4 of 3'],
  ])('%s of %s', (position, head, bar) => expect(barOf(position, head)).toBe(bar));
});
