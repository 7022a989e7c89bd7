import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { capturedAt } from '@managed-os/apple-mdm';
import { ApiError } from './api.js';

/** A captured body of Apple's feed, named by when it was captured. */
export interface Capture {
  readonly name: string;
  readonly file: string;
}

const CAPTURE = /\.json(\.gz)?$/;

/**
 * The captures that paths lead to, each once, in the order of the instants in their names, or of the names where one has no
 * instant: a file itself, of a folder its `.json` and `.json.gz` files, and of these, where some have an instant in their
 * names, no others. Exit code 2 where a path leads nowhere, or a folder has none.
 */
export const findCaptures = async (paths: readonly string[]): Promise<readonly Capture[]> => {
  const files = new Set<string>();
  for (const given of paths) for (const file of await filesAt(path.resolve(given), given)) files.add(file);
  const captures = [...files].map((file) => ({ name: path.basename(file), file }));
  const areTimed = captures.every(({ name }) => capturedAt(name) !== undefined);
  const instantOf = ({ name }: Capture): string => (areTimed && capturedAt(name)) || '';
  return captures.sort(
    (a, b) => compare(instantOf(a), instantOf(b)) || compare(a.name, b.name) || compare(a.file, b.file),
  );
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const filesAt = async (at: string, given: string): Promise<readonly string[]> => {
  if (!(await reading(given, () => stat(at))).isDirectory()) return [at];
  const entries = await reading(given, () => readdir(at, { withFileTypes: true }));
  const names = entries.filter((entry) => !entry.isDirectory() && CAPTURE.test(entry.name)).map(({ name }) => name);
  if (names.length === 0) throw new ApiError(2, `${given} has no .json or .json.gz file`);
  const timed = names.filter((name) => capturedAt(name) !== undefined);
  return (timed.length > 0 ? timed : names).map((name) => path.join(at, name));
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
