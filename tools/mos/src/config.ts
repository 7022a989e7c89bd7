import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the system answers and how this person is known. */
export interface Connection {
  readonly address: string;
  readonly token: string;
}

/** `MOS_URL` and `MOS_TOKEN`, else what `npm start` left in its state folder (`MOS_STATE_DIR`, `.local`). Empty is not set. */
export const findConnection = (env = process.env): Connection => {
  const root = path.resolve(import.meta.dirname, '../../..');
  const file = path.resolve(root, env['MOS_STATE_DIR'] || '.local', 'system.json');
  const left = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Connection>) : {};
  return {
    address: env['MOS_URL'] || (left.address ?? 'http://127.0.0.1:8080'),
    token: env['MOS_TOKEN'] || (left.token ?? ''),
  };
};

/** Further cases of `plan`, an NDJSON file of `{name, input, expected}`, where a machine has one; `undefined` elsewhere. */
export const planCasesFile = (env = process.env): string | undefined => env['MOS_PLAN_CASES'] || undefined;
