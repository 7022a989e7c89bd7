import path from 'node:path';
import { launch, type Running } from '@managed-os/local/servers';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const PATIENCE_MS = 15_000;

/** Starts one of `actors/` from its source; its output goes to `<folder>/<name>.log`. Does not wait for anything. */
export const startProgram = (
  folder: string,
  name: string,
  program: 'writer' | 'deadlines' | 'progress',
  settings: object,
): Promise<Running> =>
  launch({
    command: process.execPath,
    args: [
      '--conditions=@managed-os/source',
      ...['--import', path.join(ROOT, 'tools/ts-hook.mjs')],
      path.join(import.meta.dirname, 'actors', `${program}.ts`),
      JSON.stringify(settings),
    ],
    cwd: ROOT,
    logFile: path.join(folder, `${name}.log`),
    patienceMs: PATIENCE_MS,
  });
