// node tools/suites.mjs [--check]
// Lists what the tests of a package say, by their titles, in its README between <!-- suites --> and <!-- /suites -->.
// With --check nothing is written: the READMEs that are not up to date are named, and the exit code is 1.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';
import { titlesOf } from './test-titles.mjs';

const root = path.resolve(import.meta.dirname, '..');
const [BEGIN, END] = ['<!-- suites -->', '<!-- /suites -->'];

const testsIn = (suites) =>
  suites.reduce((sum, { kind, inner }) => sum + (kind === 'test' ? 1 : 0) + testsIn(inner), 0);

const escaped = (title) => title.replaceAll(/[\\`*_<>[\]#|]/g, '\\$&').replaceAll('\n', ' ');
const list = (suites, indent = '') =>
  suites.map(({ title, inner }) => `${indent}- ${escaped(title)}\n${list(inner, `${indent}  `)}`).join('');

const sectionOf = (folder) => {
  const files = titlesOf(folder);
  const count = files.reduce((sum, { suites }) => sum + testsIn(suites), 0);
  return [
    `<details>\n<summary>What the tests say: ${count} titles in ${files.length} files</summary>\n`,
    ...files.map(({ file, suites }) => `**[${file}](src/${file})**\n\n${list(suites)}`),
    '</details>',
  ].join('\n');
};

const stale = [];
for (const group of ['libs', 'services', 'tools']) {
  for (const name of readdirSync(path.join(root, group))) {
    const folder = path.join(root, group, name);
    const readme = path.join(folder, 'README.md');
    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (begin < 0 && end < 0) continue;
    if (begin < 0 || end < begin) throw new Error(`${readme}: ${BEGIN} and ${END} do not enclose anything`);
    const filled = `${text.slice(0, begin)}${BEGIN}\n\n${sectionOf(folder)}\n\n${text.slice(end)}`;
    const options = { ...(await prettier.resolveConfig(readme)), filepath: readme };
    const wanted = await prettier.format(filled, options);
    if (wanted !== text) stale.push({ readme, wanted });
  }
}
if (process.argv.includes('--check')) {
  for (const { readme } of stale)
    console.error(`${path.relative(root, readme)} lists other tests than there are: npm run generate:suites`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { readme, wanted } of stale) writeFileSync(readme, wanted);
}
