// npm run scenarios [-- <numbers>] [--json] [--strict]
// What the tests say about each number of the specification's list (S20, S20-S26, Q3 …; without: about all), by file and
// title, read from the sources. A suite that names a number counts with its title. --strict: exit code 1 when a number has
// no test.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { numbersIn } from '../rule-numbers.mjs';
import { titlesOf } from '../test-titles.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const rules = JSON.parse(readFileSync(new URL('rules.json', import.meta.url), 'utf8'));

const options = { json: { type: 'boolean' }, strict: { type: 'boolean' } };
const read = () => {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`scenarios: ${error.message}`);
    process.exit(2);
  }
};
const { values, positionals } = read();
const asked = positionals.length === 0 ? Object.keys(rules) : [...numbersIn(positionals.join(' '))];
const unknown = [
  ...positionals.filter((words) => numbersIn(words).size === 0),
  ...asked.filter((number) => !(number in rules)),
];
if (unknown.length > 0) {
  console.error(`scenarios: there is no ${unknown.join(', ')}; there are S1–S96, Q1–Q40, X1–X16`);
  process.exit(2);
}

/** Titles with what they name; what a suite names is not said again for each of its tests. */
const said = (file, suites, above = []) =>
  suites.flatMap(({ title, inner }) => {
    const titles = [...above, title];
    return [{ file, title: titles.join(' › '), numbers: numbersIn(title) }, ...said(file, inner, titles)];
  });

/** `<name>.ndjson` of a folder `cases`: one case per line, each with its name. */
const casesOf = (folder) => {
  const cases = path.join(folder, 'cases');
  if (!existsSync(cases)) return [];
  return readdirSync(cases)
    .filter((file) => file.endsWith('.ndjson'))
    .flatMap((file) =>
      readFileSync(path.join(cases, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).name)
        .map((title) => ({ file: `cases/${file}`, title, numbers: numbersIn(title) })),
    );
};

const tests = ['libs', 'services', 'tools']
  .flatMap((group) => readdirSync(path.join(root, group)).map((name) => path.join(root, group, name)))
  .filter((folder) => existsSync(path.join(folder, 'src')))
  .flatMap((folder) =>
    [...titlesOf(folder).flatMap(({ file, suites }) => said(`src/${file}`, suites)), ...casesOf(folder)].map(
      (test) => ({
        ...test,
        file: path.join(path.relative(root, folder), test.file),
      }),
    ),
  );

const scenarios = asked.map((number) => ({
  number,
  rule: rules[number],
  tests: tests.filter(({ numbers }) => numbers.has(number)).map(({ file, title }) => ({ file, title })),
}));
const bare = scenarios.filter((scenario) => scenario.tests.length === 0);

const forPeople = ({ number, rule, tests: named }) => [
  `${number}  ${rule}`,
  ...(named.length === 0 ? ['    no test'] : []),
  ...[...new Set(named.map(({ file }) => file))].flatMap((file) => [
    `    ${file}`,
    ...named.filter((test) => test.file === file).map(({ title }) => `      ${title}`),
  ]),
];

if (values.json) console.log(JSON.stringify(scenarios, undefined, 2));
else {
  for (const scenario of scenarios) console.log(forPeople(scenario).join('\n'));
  const without = bare.length === 0 ? 'every one has a test' : `no test: ${bare.map(({ number }) => number).join(' ')}`;
  console.log(`\n${scenarios.length} rules; ${without}`);
}
process.exitCode = values.strict && bare.length > 0 ? 1 : 0;
