import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

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
  const rows = table && ts.isSatisfiesExpression(table) ? table.expression : table;
  if (!rows || !ts.isArrayLiteralExpression(rows) || !titleOf(title).includes('%s')) return [];
  return rows.elements
    .map((row) => (ts.isArrayLiteralExpression(row) ? row.elements[0] : row))
    .filter((first) => first && ts.isStringLiteralLike(first))
    .map((first) => ({ kind: 'case', title: titleOf(first), inner: [] }));
};

/** Suites, tests and cases within a node, each with what is inside of it. */
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

/** What the tests of a package say, by file. */
export const titlesOf = (folder) =>
  readdirSync(path.join(folder, 'src'), { recursive: true })
    .filter((file) => /(\.spec|\.contract)\.ts$|(^|\/)contract\/.*\.ts$/.test(file))
    .sort()
    .map((file) => {
      const source = path.join(folder, 'src', file);
      const parsed = ts.createSourceFile(source, readFileSync(source, 'utf8'), ts.ScriptTarget.Latest, true);
      return { file, suites: suitesIn(parsed) };
    })
    .filter(({ suites }) => suites.length > 0);
