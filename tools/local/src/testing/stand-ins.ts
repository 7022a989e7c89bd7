import { chmodSync, mkdirSync, mkdtempSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SERVICES } from '../ingress/routes.js';

/** A service as the supervisor sees one: gets ready, answers, notes when it is asked to end, and ends. */
const SERVICE = `
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
const name = NAME;
const port = Number(process.env.PORT ?? process.argv[process.argv.indexOf('--push-port') + 1]);
const note = (line) => appendFileSync(path.join(ROOT, 'order.log'), line + '\\n');
const { DATABASE_URL, MIGRATION_DATABASE_URL, NATS_URL, NATS_USER, NATS_PASSWORD, MOS_CLOCK, PUSH_URL, MDM_URL, ENROLLMENT_SECRET, ENROLLMENT_TRUST_FILE } = process.env;
note('start ' + name);
createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name, pid: process.pid, env: { DATABASE_URL, MIGRATION_DATABASE_URL, NATS_URL, NATS_USER, NATS_PASSWORD, MOS_CLOCK, PUSH_URL, MDM_URL, ENROLLMENT_SECRET, ENROLLMENT_TRUST_FILE } }));
}).listen(port, '127.0.0.1');
process.on('SIGTERM', () => { note('stop ' + name); process.exit(0); });
`;

/** A checkout with stand-ins for the services and the fleet, and an empty state folder in it. */
export const standInCheckout = (): { readonly root: string; readonly stateDir: string; order(): readonly string[] } => {
  const root = mkdtempSync(path.join(tmpdir(), 'managed-os-stand-ins-'));
  chmodSync(root, 0o755);
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  put('tools/ts-hook.mjs', '');
  for (const [folder, name] of [
    ...SERVICES.map((service) => [`services/${service}`, service]),
    ['tools/virtual-mac', 'fleet'],
  ] as const) {
    put(`${folder}/src/main.ts`, SERVICE.replace('NAME', JSON.stringify(name)).replace('ROOT', JSON.stringify(root)));
    put(`${folder}/package.json`, '{ "type": "module" }');
  }
  const log = path.join(root, 'order.log');
  return {
    root,
    stateDir: path.join(root, '.local'),
    order: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
};
