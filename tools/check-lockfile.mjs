// npm shrugs when a release was published only in part and writes a lockfile that `npm ci` then refuses elsewhere.
import { spawnSync } from 'node:child_process';

const { stdout, stderr } = spawnSync('npm', ['ci', '--dry-run', '--ignore-scripts'], { encoding: 'utf8' });
const missing = `${stdout}${stderr}`.split('\n').filter((line) => /Missing:|Invalid:|in sync/.test(line));
if (missing.length > 0) {
  console.error(missing.join('\n'));
  process.exitCode = 1;
}
