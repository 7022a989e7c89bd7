import { expect, it } from '@jest/globals';
import { selfTimes, toProfileTable } from './profile.js';

const frame = (functionName: string, url = '', lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: '1',
});

it('a profile is the sum of each function’s own samples, idle time left out', () => {
  const times = selfTimes(
    {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('parse', 'file:///somewhere/libs/kernel/src/version.ts', 9) },
        { id: 3, callFrame: frame('') },
        { id: 4, callFrame: frame('parse', 'file:///somewhere/libs/kernel/src/version.ts', 9) },
      ],
      startTime: 0,
      endTime: 13_000,
      samples: [1, 2, 3, 4, 2],
      timeDeltas: [9_000, 1_000, 1_000, 1_000, 1_000],
    },
    5,
  );
  expect(times).toEqual([
    { where: 'parse kernel/src/version.ts:10', millis: 3, part: 0.75 },
    { where: '(anonymous)', millis: 1, part: 0.25 },
  ]);
  expect(toProfileTable(times).split('\n')[2]).toMatch(
    /^\| parse +\| kernel\/src\/version.ts:10 +\| +3 \| +75.0 % \|$/,
  );
});
