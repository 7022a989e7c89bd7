import { spawn } from 'node:child_process';
import path from 'node:path';
import { environment } from './config.js';
import type { Run } from './run.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Three servers and their elections on a busy machine. */
const TEST_MS = 120_000;

export const cluster: Run = {
  name: 'cluster',
  summary: 'the tests of the event bus against three NATS nodes, whose leader and followers are killed',
  run: (_, say, ending) =>
    new Promise((resolve, reject) => {
      say('libs/event-bus, *.int.spec.ts, TEST_NATS_NODES=3');
      const jest = [
        ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
        ...['--config', 'libs/event-bus/jest.config.mjs', '--testTimeout', String(TEST_MS), '--verbose'],
        ...['--testPathPatterns', String.raw`\.int\.spec\.ts$`],
      ];
      const child = spawn(process.execPath, ['tools/with-infra.mjs', process.execPath, ...jest], {
        cwd: ROOT,
        stdio: 'inherit',
        env: { ...environment(), TEST_NATS_NODES: '3' },
      });
      ending.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    }),
};
