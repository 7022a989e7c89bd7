import type { Benchmark } from '../benchmark.js';

export const rules: Benchmark = {
  name: 'rules',
  title: 'Rules',
  notes: [
    'Macs of twelve versions and both architectures under twenty items, manual and automatic, in four zones, with a catalogue of fourteen releases. In process the fleet shares one array of releases, as services do; through the CLI it is written out in each line, of about 1.5 kB.',
  ],
  rows: [
    {
      name: 'plan',
      title: 'plans on one core',
      unit: 'plans',
      ours: {
        contestant: 'ours: plan',
        title: 'plan()',
        includes: 'obligations, deadline, decision table, steps; conversions through zones are remembered',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 100_000 }],
      load: { writers: 1, millis: 0, events: 1_000_000 },
      quick: { writers: 1, millis: 0, events: 2_000 },
      rounds: 5,
    },
    {
      name: 'plan-cli',
      title: 'plans through mos plan --ndjson',
      unit: 'plans',
      ours: {
        contestant: 'ours: plan by the CLI',
        title: 'mos plan --ndjson',
        includes:
          'a line of JSON read, checked, planned with a catalogue unlike that of the line before, and answered; another process writes and counts',
      },
      peers: [
        {
          contestant: 'ours: plan by the CLI, one catalogue',
          title: 'the same, one catalogue',
          includes: 'every line has the catalogue of the one before, which is recognised',
        },
      ],
      targets: [{ of: 'rate', bound: 'at-least', value: 20_000 }],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 700 },
      rounds: 5,
    },
  ],
};
