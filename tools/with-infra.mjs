// node tools/with-infra.mjs <command> [arguments]
// Runs the command with one PostgreSQL and one NATS server (JetStream) on free ports in a temporary folder:
// TEST_DATABASE_URL (superuser) and TEST_NATS_URL. Both stop with the command; their data stays when it failed.
// INFRA=testcontainers: the same two as containers, which leave nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

if (nodeModule.registerHooks === undefined) {
  // An older Node was given; with-setup knows the right one.
  const setup = fileURLToPath(new URL('./with-setup.mjs', import.meta.url));
  const again = ['node', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, [setup, ...again], { stdio: 'inherit' }).status ?? 1);
}
await import('./ts-hook.mjs');
const { startTestInfra } = await import('./local/src/infra/test-infra.ts');

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node tools/with-infra.mjs <command> [arguments]');
  process.exit(2);
}

const given = process.env.TEST_DATABASE_URL !== undefined && process.env.TEST_NATS_URL !== undefined;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
let stopping;
let child;
for (const signal of signals) {
  process.on(signal, () => {
    stopping ??= signal;
    // A terminal's Ctrl-C reaches the child by itself.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal);
  });
}

const run = (env) =>
  new Promise((resolve) => {
    if (stopping) return resolve(1);
    child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', (error) => {
      console.error(`infra: ${command} cannot be started: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? code : 1));
  });

if (given) process.exit(await run({}));

const infra = await startTestInfra((line) => console.error(line), process.env).catch((error) => {
  console.error(`infra: ${error.message}`);
  process.exit(1);
});
const code = await run({ TEST_DATABASE_URL: infra.databaseUrl, TEST_NATS_URL: infra.natsUrl });
const failed = code !== 0 && stopping === undefined;
await infra.stop(failed);
if (failed && infra.folder) console.error(`infra: data and logs of PostgreSQL and NATS are kept in ${infra.folder}`);
process.exit(code);
