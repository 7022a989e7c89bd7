import { describe, expect, it } from '@jest/globals';
import { backbone } from './backbone.js';

describe('the saboteur, in small', () => {
  it('does every deed once, and the auditor finds nothing that was promised and not kept', async () => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const code = await backbone.run(
      { seed: 'smoke', minutes: 0, nodes: 1, macs: 0 },
      say,
      new AbortController().signal,
    );
    expect({ code, lines }).toMatchObject({ code: 0, lines: expect.arrayContaining(['Differences: none']) });
  }, 240_000);
});
