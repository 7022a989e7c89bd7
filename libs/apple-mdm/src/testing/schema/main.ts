import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileSchema } from './compile.js';
import { FACTS_FILE } from './facts.js';
import { printSchema } from './print.js';
import { readSources } from './sources.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: npm run schema -- <folder of Apple’s schema>\n');
  process.exitCode = 2;
} else {
  const text = printSchema(compileSchema(readSources(folder)));
  writeFileSync(FACTS_FILE, text);
  // Apple's notice goes wherever a portion of its schema goes.
  writeFileSync(new URL('./facts.LICENSE.txt', FACTS_FILE), readFileSync(path.join(folder, 'LICENSE.txt')));
  process.stdout.write(`${text.length} bytes of facts\n`);
}
