// node tools/suites.mjs [--check]
// Lists what the tests of a package say, by their titles, in its README between <!-- suites --> and <!-- /suites -->.
// With --check nothing is written: the READMEs that are not up to date are named, and the exit code is 1.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '..');
const [BEGIN, END] = ['<!-- suites -->', '<!-- /suites -->'];

/** `it('…')`, `describe('…')`, and with a table: `it.each(…)('…')`. What is between `it` and the call does not matter. */
const kindOf = (callee) => {
  if (ts.isIdentifier(callee)) return { describe: 'suite', it: 'test', test: 'test' }[callee.text];
  const inner = ts.isTaggedTemplateExpression(callee) ? callee.tag : callee.expression;
  return inner && kindOf(inner);
};

/** As it stands in the source: also a title that is filled in from a table. */
const titleOf = (node) => (ts.isStringLiteralLike(node) ? node.text : node.getText().replace(/^`|`$/g, ''));

/** The first text of each row of a table that stands in the source: what a title says with `%s`. */
const casesOf = (callee, title) => {
  const table = ts.isCallExpression(callee) ? callee.arguments[0] : undefined;
  if (!table || !ts.isArrayLiteralExpression(table) || !titleOf(title).includes('%s')) return [];
  return table.elements
    .map((row) => (ts.isArrayLiteralExpression(row) ? row.elements[0] : row))
    .filter((first) => first && ts.isStringLiteralLike(first))
    .map((first) => ({ kind: 'case', title: titleOf(first), inner: [] }));
};

const suitesIn = (node) => {
  if (!ts.isCallExpression(node)) return childrenOf(node);
  const [title] = node.arguments;
  const kind = title && kindOf(node.expression);
  // A table is the argument of a call that is called itself; what it holds are no titles.
  if (kind && !(ts.isCallExpression(node.parent) && node.parent.expression === node)) {
    const inner = kind === 'suite' ? childrenOf(node) : casesOf(node.expression, title);
    return [{ kind, title: titleOf(title), inner }];
  }
  if (ts.isIdentifier(node.expression) && node.expression.text.endsWith('Contract'))
    return [{ kind: 'contract', title: `everything of ${node.expression.text}`, inner: [] }];
  return childrenOf(node);
};
const childrenOf = (node) => {
  const found = [];
  ts.forEachChild(node, (child) => void found.push(...suitesIn(child)));
  return found;
};

const testsIn = (suites) =>
  suites.reduce((sum, { kind, inner }) => sum + (kind === 'test' ? 1 : 0) + testsIn(inner), 0);

const escaped = (title) => title.replaceAll(/[\\`*_<>[\]#|]/g, '\\$&').replaceAll('\n', ' ');
const list = (suites, indent = '') =>
  suites.map(({ title, inner }) => `${indent}- ${escaped(title)}\n${list(inner, `${indent}  `)}`).join('');

const filesOf = (folder) =>
  readdirSync(path.join(folder, 'src'), { recursive: true })
    .filter((file) => /(\.spec|\.contract)\.ts$|(^|\/)contract\/.*\.ts$/.test(file))
    .sort()
    .map((file) => {
      const source = path.join(folder, 'src', file);
      const parsed = ts.createSourceFile(source, readFileSync(source, 'utf8'), ts.ScriptTarget.Latest, true);
      return { file, suites: suitesIn(parsed) };
    })
    .filter(({ suites }) => suites.length > 0);

const sectionOf = (folder) => {
  const files = filesOf(folder);
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
