import { writeFile } from 'node:fs/promises';
import { compileCatalogue } from './compile.js';
import { printCatalogue } from './print.js';
import { readSources } from './sources.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: npm run catalogue -- <folder of release data>\n');
  process.exitCode = 2;
} else {
  const catalogue = compileCatalogue(await readSources(folder));
  await writeFile(new URL('../catalogue.generated.json', import.meta.url), printCatalogue(catalogue));
  process.stdout.write(
    `${catalogue.releases.length} releases, ${catalogue.devices.length} devices, ${catalogue.models.length} models\n`,
  );
}
