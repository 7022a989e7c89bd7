/** One line of a text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** `undefined` for one that is longer than any should be; it was passed over. */
  readonly text: string | undefined;
}

/** In characters: what is held in memory at most, whatever comes. */
export const LONGEST_LINE = 64 * 2 ** 20;

/**
 * The lines of UTF-8 that comes in chunks; those that a chunk completes come together. A character may be split between
 * two chunks; the last line needs no end.
 */
export const linesOf = async function* (
  chunks: AsyncIterable<Uint8Array>,
  longest = LONGEST_LINE,
): AsyncIterable<readonly Line[]> {
  const decoder = new TextDecoder();
  let number = 0;
  let pieces: string[] = [];
  let length = 0;
  const add = (piece: string): void => {
    length += piece.length;
    if (length > longest) pieces = [];
    else pieces.push(piece);
  };
  const take = (): Line => {
    const line = { number: ++number, text: length > longest ? undefined : pieces.join('') };
    [pieces, length] = [[], 0];
    return line;
  };
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    add(first);
    const complete: Line[] = [];
    for (const piece of others) {
      complete.push(take());
      add(piece);
    }
    if (complete.length > 0) yield complete;
  }
  add(decoder.decode());
  if (length > 0) yield [take()];
};
