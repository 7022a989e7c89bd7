// Generates the contract's code into a scratch folder and compares it with what is committed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const generated = 'libs/contracts/src/gen';
const scratch = mkdtempSync(path.join(tmpdir(), 'generated-'));
const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

try {
  for (const part of ['proto', 'buf.yaml', 'buf.gen.yaml'])
    cpSync(path.join(root, part), path.join(scratch, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(scratch, 'node_modules'));
  const { status, stderr } = spawnSync('buf', ['generate'], { cwd: scratch, encoding: 'utf8' });
  if (status !== 0) throw new Error(`buf generate: ${stderr}`);
  const [fresh, committed] = [path.join(scratch, generated), path.join(root, generated)];
  const stale = [...new Set([...files(fresh), ...files(committed)])].filter((file) => {
    try {
      return readFileSync(path.join(fresh, file), 'utf8') !== readFileSync(path.join(committed, file), 'utf8');
    } catch {
      return true;
    }
  });
  if (stale.length > 0) {
    console.error(`run buf generate and commit: ${stale.map((file) => path.join(generated, file)).join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
