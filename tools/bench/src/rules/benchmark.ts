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
    {
      name: 'unchanged',
      title: 'a fleet looked at again, nothing changed',
      unit: 'Macs',
      ours: {
        contestant: 'ours: Macs, unchanged',
        title: 'ours',
        includes: 'marks taken under locks; inputs and streams’ states read; rules; nothing to append',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 50_000 }],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 300 },
      rounds: 3,
    },
    {
      name: 'release',
      title: 'a fleet after one release',
      unit: 'Macs',
      ours: {
        contestant: 'ours: Macs, a release',
        title: 'ours',
        includes: 'the same, and two events appended for each Mac, while three projections follow in the same process',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 10_000 }],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 300 },
      rounds: 3,
    },
    {
      name: 'drain',
      title: 'its events on their way to the others',
      unit: 'events',
      ours: {
        contestant: 'ours: relay',
        title: 'the relay',
        includes: 'read from the store; CloudEvents headers; atomic batches behind the expected last sequence',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 25_000 }],
      load: { writers: 1, millis: 0, events: 200_000 },
      quick: { writers: 1, millis: 0, events: 600 },
      rounds: 3,
    },
    {
      name: 'preview',
      title: 'a preview',
      unit: 'Macs',
      ours: {
        contestant: 'ours: Macs, a preview',
        title: 'ours',
        includes: 'one snapshot; inputs and streams’ states read; ledger kept as it would be; counted',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 33_334 }],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 300 },
      rounds: 3,
    },
    {
      name: 'timers',
      title: 'deadlines that come at one instant',
      unit: 'Macs',
      ours: {
        contestant: 'ours: Macs, due at once',
        title: 'ours',
        includes:
          'two loops, one of which dies on the way; the beginning of prompting and the deadline of each Mac, both overdue; each told once, counted afterwards',
      },
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 3_334 }],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 300 },
      rounds: 1,
    },
  ],
};
