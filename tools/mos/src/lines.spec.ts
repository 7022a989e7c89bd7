import { type Line, linesOf } from './lines.js';
import { inputOf } from './testing/input.js';

/** The lines of what comes in these chunks. */
const read = async (chunks: readonly (string | Uint8Array)[], longest?: number): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  for await (const complete of linesOf(inputOf(chunks).chunks, longest)) lines.push(...complete);
  return lines;
};
const texts = async (...chunks: readonly (string | Uint8Array)[]) => (await read(chunks)).map(({ text }) => text);

describe('lines of a stream', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing', [], []],
    ['nothing, said twice', ['', ''], []],
    ['a last line with an end', ['a\nb\n'], ['a', 'b']],
    ['a last line without one', ['a\nb'], ['a', 'b']],
    ['blank lines, which count', ['\n\na\n'], ['', '', 'a']],
    ['a line in many chunks', ['a', 'b', 'c\nd', '\n'], ['abc', 'd']],
    ['an end alone in a chunk', ['a', '\n', 'b'], ['a', 'b']],
    ['what only JSON forbids as an end', ['a\u2028b\rc\n'], ['a\u2028b\rc']],
  ])('%s', async (_, chunks, lines) => expect(await texts(...chunks)).toEqual(lines));

  it('puts a character together that two chunks share, wherever it was split', async () => {
    const bytes = Buffer.from('"Zürich 🍏"\n"b"');
    for (let at = 1; at < bytes.length; at++)
      expect(await texts(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['"Zürich 🍏"', '"b"']);
  });

  it('counts a line that is too long, and holds none of it', async () =>
    expect(await read(['ab', 'cd', 'ef\ngh', 'i\n'], 4)).toEqual([
      { number: 1, text: undefined },
      { number: 2, text: 'ghi' },
    ]));

  it('takes a line of exactly the longest length', async () =>
    expect(await read(['abcd\nabcde\n'], 4)).toEqual([
      { number: 1, text: 'abcd' },
      { number: 2, text: undefined },
    ]));
});
