import type { Input } from '../command.js';

/** Standard input that holds these chunks. */
export const inputOf = (chunks: Iterable<string | Uint8Array>, terminal = false): Input => ({
  terminal,
  chunks: (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  })(),
});

export const noInput = inputOf([]);
