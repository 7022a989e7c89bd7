import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Replaces the file as a whole, readable for its owner only: a reader or a crash sees the old text or the new one. */
export const writeState = (file: string, value: unknown): void => {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
};

/** What `writeState` put there; `undefined` when nothing did. The files of the state folder are trusted: only we write them. */
export const readState = <T>(file: string): T | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
