import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ApiError } from './api.js';

/** A captured body of Apple's feed, named by when it was captured. */
export interface Capture {
  readonly name: string;
  readonly file: string;
}

const CAPTURE = /\.json(\.gz)?$/;

/**
 * The captures that paths lead to, each once, in the order of their names: a file itself, of a folder its `.json` and
 * `.json.gz` files. Exit code 2 where a path leads nowhere, or a folder has none.
 */
export const findCaptures = async (paths: readonly string[]): Promise<readonly Capture[]> => {
  const files = new Set<string>();
  for (const given of paths) for (const file of await filesAt(path.resolve(given), given)) files.add(file);
  return [...files]
    .map((file) => ({ name: path.basename(file), file }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.file, b.file));
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const filesAt = async (at: string, given: string): Promise<readonly string[]> => {
  if (!(await reading(given, () => stat(at))).isDirectory()) return [at];
  const entries = await reading(given, () => readdir(at, { withFileTypes: true }));
  const names = entries.filter((entry) => !entry.isDirectory() && CAPTURE.test(entry.name)).map(({ name }) => name);
  if (names.length === 0) throw new ApiError(2, `${given} has no .json or .json.gz file`);
  return names.map((name) => path.join(at, name));
};

/** Reads of a path that a person named: exit code 2 and one line when that fails. */
export const reading = async <T>(given: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new ApiError(2, `${given} cannot be read: ${REASONS[code] ?? code}`, { cause });
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'that is not allowed',
  EISDIR: 'it is a folder',
};
