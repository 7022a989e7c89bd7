import type { Catalogue } from '../catalogue.js';

/** The catalogue as text: the same for the same facts, one line per release, device and model, so that a change reads well. */
export const printCatalogue = ({ deviceSets, releases, devices, models }: Catalogue): string => {
  const lines = (rows: readonly unknown[]): string => rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  const sets = Object.entries(deviceSets).map(([name, ids]) => `    ${JSON.stringify(name)}: ${JSON.stringify(ids)}`);
  return [
    '{',
    `  "releases": [\n${lines(releases)}\n  ],`,
    `  "deviceSets": {\n${sets.join(',\n')}\n  },`,
    `  "devices": [\n${lines(devices)}\n  ],`,
    `  "models": [\n${lines(models)}\n  ]`,
    '}\n',
  ].join('\n');
};
