import type { Benchmark, Entry, Row } from '../benchmark.js';

const MACS = 10_000;

const DISPATCHER = {
  title: 'the dispatcher',
  includes:
    'the whole service; the Mac’s certificate is that of its enrollment; its queue read; its last-seen noted and written in batches',
} as const;

const BARE: Entry = {
  contestant: 'fastify: connects',
  title: 'bare fastify',
  includes: 'the same request, whose body nobody reads',
};

const parsing = (name: string, title: string, ours: Entry['contestant'], theirs: Entry['contestant']): Row => ({
  name,
  title,
  unit: 'documents',
  ours: { contestant: ours, title: 'ours', includes: 'bytes to values' },
  peers: [{ contestant: theirs, title: 'plist 5', includes: 'bytes to a text, and that to values' }],
  targets: [{ of: 'rate', bound: 'at-least', value: 20, times: theirs }],
  load: { writers: 1, millis: 2_000, events: 0 },
  quick: { writers: 1, millis: 20, events: 0 },
  rounds: 5,
});

export const edge: Benchmark = {
  name: 'edge',
  title: 'Device edge',
  notes: [
    `${MACS} enrolled Macs with twenty ended commands each and the two daily ones to come tomorrow. A connect is Idle, with the certificate of the connection in its header or a signature over the message; the answer is an empty 200. The servers have a process of their own each, which the first number of processor time is of: “a core’s worth” is what one core of nothing but that process would do. Who asks has another process, and PostgreSQL the rest of the machine.`,
  ],
  rows: [
    {
      name: 'connects',
      title: 'connects, 64 at a time',
      unit: 'connects',
      ours: { contestant: 'ours: connects', ...DISPATCHER },
      peers: [
        BARE,
        {
          contestant: 'fastify: connects, our parser',
          title: 'fastify, our parser',
          includes: 'its body read as a report',
        },
        { contestant: 'fastify: connects, plist', title: 'fastify, plist 5', includes: 'its body read by plist' },
      ],
      targets: [{ of: 'per-core', bound: 'at-least', value: 8_000 }],
      load: { writers: 64, millis: 5_000, events: MACS },
      quick: { writers: 4, millis: 50, events: 20 },
      rounds: 5,
    },
    {
      name: 'paced',
      title: 'connects, 4,000 a second',
      unit: 'connects',
      ours: { contestant: 'ours: connects at a pace', ...DISPATCHER },
      peers: [{ ...BARE, contestant: 'fastify: connects at a pace' }],
      targets: [{ of: 'p99', bound: 'at-most', value: 95 }],
      load: { writers: 256, millis: 5_000, events: MACS },
      quick: { writers: 16, millis: 20, events: 20 },
      rounds: 5,
    },
    {
      name: 'signed',
      title: 'signed connects, 64 at a time',
      unit: 'connects',
      ours: {
        contestant: 'ours: signed connects',
        title: 'the dispatcher',
        includes: 'the same, known by Mdm-Signature: message, certificate and its authority are verified',
      },
      peers: [],
      targets: [],
      load: { writers: 64, millis: 5_000, events: MACS },
      quick: { writers: 4, millis: 50, events: 20 },
      rounds: 5,
    },
    parsing(
      'parse-acknowledgement',
      'an acknowledgement of 1.5 kB, read',
      'ours: an acknowledgement',
      'plist: an acknowledgement',
    ),
    parsing(
      'parse-updates',
      'AvailableOSUpdates of 10 kB, read',
      'ours: a list of updates',
      'plist: a list of updates',
    ),
    {
      name: 'writes',
      title: 'what connects write, each Mac once, 1,000 a second',
      unit: 'connects',
      ours: { contestant: 'ours: connects, their rows counted', ...DISPATCHER },
      peers: [],
      targets: [
        { of: 'last-seen', bound: 'at-most', value: 1_000 },
        { of: 'elsewhere', bound: 'at-most', value: 0 },
        { of: 'batches', bound: 'at-most', value: 2 },
      ],
      load: { writers: 64, millis: 0, events: MACS },
      quick: { writers: 4, millis: 0, events: 20 },
      rounds: 3,
    },
    {
      name: 'conversation',
      title: 'steps of a conversation without a new push',
      unit: 'Macs',
      ours: {
        contestant: 'ours: a whole update',
        title: 'the whole system',
        includes:
          'virtual Macs from their enrollment to their new version by commands, at simulated time: commands that an answer called for at once, and how many of them went out while the reply to that answer was held (1 s). Polls and commands that wait for their time are no steps',
      },
      peers: [],
      targets: [{ of: 'onward', bound: 'at-least', value: 95 }],
      load: { writers: 1, millis: 0, events: 48 },
      quick: { writers: 1, millis: 0, events: 1 },
      rounds: 1,
    },
  ],
};
