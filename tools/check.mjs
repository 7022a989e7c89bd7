// npm run check: what the tests do not see. Each check is a command; its output is shown when it fails.
import { spawnSync } from 'node:child_process';

const checks = [
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
  // The boundary rule reads the project graph that Nx keeps, and stays silent where there is none.
  ['project graph', 'nx', ['graph', '--file=.nx/graph.json']],
  ['lint and boundaries', 'eslint', ['.']],
  ['contract: format', 'buf', ['format', '--diff', '--exit-code', 'proto']],
  ['contract: lint', 'buf', ['lint']],
  ['contract: generated files are up to date', 'node', ['tools/check-generated.mjs']],
  [
    'contract: event catalogue is up to date',
    'node',
    [
      ...'--conditions=@managed-os/source --import ./tools/ts-hook.mjs'.split(' '),
      'tools/contracts-docs/main.mjs',
      '--check',
    ],
  ],
  ['README: rule → file', 'node', ['tools/check-rules.mjs']],
  ['READMEs: suites', 'node', ['tools/suites.mjs', '--check']],
  ['lockfile is complete', 'node', ['tools/check-lockfile.mjs']],
];

let failed = 0;
for (const [name, command, args] of checks) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (status !== 0) {
    failed += 1;
    console.log(`${stdout ?? ''}${stderr ?? ''}`);
  }
}
console.log(
  `Checks: ${failed > 0 ? `${failed} failed, ` : ''}${checks.length - failed} passed, ${checks.length} total`,
);
process.exit(failed === 0 ? 0 : 1);
