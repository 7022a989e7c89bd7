/** `S20–S22, S24` → S20 S21 S22 S24 */
export const numbersOf = (text) =>
  text.split(',').flatMap((part) => {
    const [first, last = first] = part.trim().split('–');
    const letter = first[0];
    const [from, to] = [Number(first.slice(1)), Number(last.slice(1))];
    return Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`);
  });

/** The numbers that a text mentions, also within a range: `S73–S77`, `S73-S77`, `S73 to S77`. */
export const numbersIn = (text) =>
  new Set(
    [...text.matchAll(/\b([SXQ]\d+)(?:(?:[–-]| to )([SXQ]\d+))?/g)].flatMap(([, a, b]) =>
      numbersOf(b ? `${a}–${b}` : a),
    ),
  );
