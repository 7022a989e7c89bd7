// npm run contracts:docs            writes docs/events.md and docs/events/
// npm run contracts:docs -- --check  says whether they are up to date
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';
import { readContract, root } from './contract.mjs';
import { pagesOf } from './pages.mjs';
import { readServices } from './services.mjs';

const docs = path.join(root, 'docs');
const folder = path.join(docs, 'events');
const options = await prettier.resolveConfig(path.join(docs, 'events.md'));
const pages = new Map(
  await Promise.all(
    [...pagesOf(readContract(), await readServices())].map(async ([file, text]) => [
      file,
      await prettier.format(text, { ...options, parser: 'markdown' }),
    ]),
  ),
);

const there = existsSync(folder) ? readdirSync(folder).map((file) => `events/${file}`) : [];
const left = there.filter((file) => !pages.has(file));
if (process.argv.includes('--check')) {
  const read = (file) => (existsSync(path.join(docs, file)) ? readFileSync(path.join(docs, file), 'utf8') : '');
  const stale = [...left, ...[...pages].filter(([file, text]) => read(file) !== text).map(([file]) => file)];
  if (stale.length > 0) {
    console.error(`run npm run contracts:docs and commit: ${stale.map((file) => `docs/${file}`).join(', ')}`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const file of left) rmSync(path.join(docs, file));
  for (const [file, text] of pages) writeFileSync(path.join(docs, file), text);
  console.log(`${pages.size} pages in docs/`);
}
