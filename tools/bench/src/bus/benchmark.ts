import type { Benchmark, Entry } from '../benchmark.js';

const publishing = (suffix: '' | ' by default', title: string): readonly Entry[] => [
  {
    contestant: `JetStream: one at a time${suffix}`,
    title: `JetStream, one at a time${title}`,
    includes: 'the payload without headers, acknowledged before the next one',
  },
  {
    contestant: `JetStream: 256 in flight${suffix}`,
    title: `JetStream, 256 in flight${title}`,
    includes: 'the same, 256 unacknowledged',
  },
  {
    contestant: `JetStream: atomic batches${suffix}`,
    title: `JetStream, batches of 1,000${title}`,
    includes: 'the same in atomic batches',
  },
];

const DECIDING: Entry = {
  contestant: 'ours: consumer',
  title: 'ours',
  includes:
    'a Nest controller; event read by its contract; stream loaded and folded; decision; append with `once` and the message; acknowledged after the commit',
};

export const bus: Benchmark = {
  name: 'bus',
  title: 'Bus',
  notes: [
    'Events of about 400 bytes of 1,000 Macs. Servers, relay and consumer share the machine; every contestant has a process of its own, and the end-to-end row one for the writer with its relay and one for the reader.',
  ],
  rows: [
    {
      name: 'relay',
      title: 'relay of a backlog',
      unit: 'events',
      ours: {
        contestant: 'ours: relay',
        title: 'ours',
        includes:
          'read from the store; CloudEvents headers; atomic batches behind the expected last sequence; note written',
      },
      peers: [...publishing('', ''), ...publishing(' by default', ', synced by default')],
      targets: [
        { of: 'rate', bound: 'at-least', value: 25_000 },
        { of: 'growth', bound: 'at-most', value: 64 },
      ],
      load: { writers: 1, millis: 0, events: 100_000 },
      quick: { writers: 1, millis: 0, events: 1_200 },
      rounds: 5,
    },
    {
      name: 'consumer',
      title: 'a consumer that decides and appends',
      unit: 'messages',
      ours: DECIDING,
      peers: [],
      targets: [{ of: 'rate', bound: 'at-least', value: 5_000 }],
      load: { writers: 1, millis: 0, events: 20_000 },
      quick: { writers: 1, millis: 0, events: 200 },
      rounds: 5,
    },
    {
      name: 'idle-consumer',
      title: 'a consumer whose handler does nothing',
      unit: 'messages',
      ours: {
        contestant: 'ours: idle consumer',
        title: 'ours, doing nothing',
        includes: 'a Nest controller; event read by its contract; acknowledged',
      },
      peers: [
        {
          contestant: 'JetStream: consume',
          title: 'JetStream, consume and acknowledge',
          includes: 'the payload without headers, acknowledged, in one durable',
        },
      ],
      targets: [],
      load: { writers: 1, millis: 0, events: 50_000 },
      quick: { writers: 1, millis: 0, events: 500 },
      rounds: 5,
    },
    {
      name: 'end-to-end',
      title: 'from before the append to the handler, 500 events/s',
      unit: 'events',
      ours: {
        contestant: 'ours: end to end',
        title: 'ours',
        includes: 'append without `once`, NOTIFY, relay, stream, delivery; two processes',
      },
      peers: [],
      targets: [
        { of: 'p50', bound: 'at-most', value: 5 },
        { of: 'p99', bound: 'at-most', value: 25 },
      ],
      load: { writers: 1, millis: 0, events: 2_500 },
      quick: { writers: 1, millis: 0, events: 50 },
      rounds: 5,
    },
    {
      name: 'projection',
      title: 'a projection, one row upserted per event',
      unit: 'events',
      ours: {
        contestant: 'ours: projection',
        title: 'ours',
        includes: 'event read by its contract; rows and checkpoint in one transaction per 500 events',
      },
      peers: [],
      targets: [
        { of: 'rate', bound: 'at-least', value: 20_000 },
        { of: 'growth', bound: 'at-most', value: 64 },
      ],
      load: { writers: 1, millis: 0, events: 50_000 },
      quick: { writers: 1, millis: 0, events: 1_200 },
      rounds: 5,
    },
    {
      name: 'catch-up',
      title: 'the consumer after an outage of 200,000 messages',
      unit: 'messages',
      ours: DECIDING,
      peers: [],
      targets: [
        { of: 'rate', bound: 'at-least', value: 5_000 },
        { of: 'growth', bound: 'at-most', value: 64 },
      ],
      load: { writers: 1, millis: 0, events: 200_000 },
      quick: { writers: 1, millis: 0, events: 300 },
      rounds: 1,
    },
  ],
};
