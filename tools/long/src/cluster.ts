import { runJest } from './jest.js';
import type { Run } from './run.js';

/** Three servers and their elections on a busy machine. */
const TEST_MS = 120_000;

export const cluster: Run = {
  name: 'cluster',
  summary: 'the tests of the event bus against three NATS nodes, whose leader and followers are killed',
  run: (_, say, ending) => {
    say('libs/event-bus, *.int.spec.ts, TEST_NATS_NODES=3');
    const tests = { project: 'libs/event-bus', files: String.raw`\.int\.spec\.ts$`, testMs: TEST_MS };
    const infra = ['tools/with-infra.mjs', process.execPath];
    return runJest({ ...tests, env: { TEST_NATS_NODES: '3' }, with: infra }, ending);
  },
};
