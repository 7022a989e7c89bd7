// The README's table "rule → file" must be true: each file exists and mentions the number, and a test carries it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { numbersIn, numbersOf } from './rule-numbers.mjs';

const root = path.resolve(import.meta.dirname, '..');
const rows = [
  ...readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(
    /^\| ((?:[SXQ]\d+(?:[–, ]+)?)+) \|[^|]*\| `([^`]+)` \|$/gm,
  ),
];

const specs = ['libs', 'services', 'tools']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(root, folder, file)),
  )
  .filter((file) => /\.spec\.ts$/.test(file) && !file.includes('node_modules'))
  .map((file) => readFileSync(file, 'utf8'));

const mentions = (text, number) => numbersIn(text).has(number);

const wrong = rows.length === 0 ? ['README.md has no table of rules'] : [];
for (const [, rules, file] of rows) {
  if (!existsSync(path.join(root, file))) {
    wrong.push(`${file} does not exist`);
    continue;
  }
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const number of numbersOf(rules)) {
    if (!mentions(text, number)) wrong.push(`${file} does not mention ${number}`);
    if (!specs.some((spec) => mentions(spec, number))) wrong.push(`no test carries ${number}`);
  }
}
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exitCode = 1;
}
