import type { Benchmark, Entry, Row } from '../benchmark.js';

const ONCE: Entry = {
  contestant: 'ours: append once',
  title: 'ours',
  includes:
    'checked against its contract (protobuf, protovalidate); inbox row with the message; expected revision; unique id; SHA-256 chain; position in commit order; JSON checked by the server; NOTIFY',
};
const APPENDING: readonly Entry[] = [
  {
    contestant: 'ours: append',
    title: 'ours, without `once`',
    includes: 'the same without inbox',
  },
  {
    contestant: 'emmett: append',
    title: 'emmett',
    includes: 'expected revision; positions not in commit order, readers wait for the oldest transaction; default pool',
  },
  {
    contestant: 'message-db: append to one category',
    title: 'message-db, one category',
    includes:
      'write_message: expected version, unique id, position in commit order within a category; a connection per writer',
  },
  {
    contestant: 'message-db: append to many',
    title: 'message-db, a category per writer',
    includes: 'the same, nobody waits for the lock of another',
  },
  {
    contestant: 'pg: insert',
    title: 'one INSERT, pg',
    includes: 'one index on the position, nothing checked, positions not in commit order; a connection per writer',
  },
  {
    contestant: 'pg: insert under a lock',
    title: 'one INSERT under a lock, pg',
    includes: 'the same under one advisory lock: positions in commit order',
  },
  {
    contestant: 'pgbench: insert',
    title: 'one INSERT, pgbench',
    includes: 'the same INSERT from C, no latencies asked for',
  },
];

const append = (writers: number, targets: Row['targets']): Row => ({
  name: `append-${writers}`,
  title: `append, ${writers} writer${writers === 1 ? '' : 's'}`,
  unit: 'events',
  ours: ONCE,
  peers: APPENDING,
  targets,
  load: { writers, millis: 3_000, events: 0 },
  quick: { writers, millis: 30, events: 0 },
  rounds: 5,
});

const replay: Row = {
  name: 'replay',
  title: 'replay of 1 M events',
  unit: 'events',
  ours: {
    contestant: 'ours: replay',
    title: 'ours',
    includes: 'keyset pages of 1,000, the next one read ahead, every column, data parsed by JSON.parse',
  },
  peers: [
    {
      contestant: 'ours: replay decoded',
      title: 'ours, decoded',
      includes: 'the same as envelopes: metadata and data parsed, data read by its contract',
    },
    {
      contestant: 'emmett: replay',
      title: 'emmett as shipped',
      includes: 'readMessagesBatch, 1,000 a page, jsonb parsed by pg; ended after 20 s',
    },
    {
      contestant: 'emmett: replay indexed',
      title: 'emmett with an index',
      includes: 'the same with an index in the order in which it reads, all events of one transaction',
    },
    {
      contestant: 'message-db: replay',
      title: 'message-db',
      includes: 'get_category_messages, 1,000 a page, read ahead, data parsed by JSON.parse',
    },
    {
      contestant: 'pg: keyset',
      title: 'keyset, pg',
      includes: 'keyset pages of 1,000 of a bare table, read ahead, row objects, json parsed by pg',
    },
    {
      contestant: 'COPY: to psql',
      title: 'COPY, psql',
      includes: 'the columns of our store, dropped by psql',
    },
    {
      contestant: 'COPY: to Node, parsed',
      title: 'COPY to Node',
      includes: 'the columns of our store as lines, data parsed by JSON.parse',
    },
    {
      contestant: 'COPY: to Node',
      title: 'COPY to Node, bytes',
      includes: 'the same, lines counted only',
    },
  ],
  targets: [
    { of: 'rate', bound: 'at-least', value: 3, times: 'message-db: replay' },
    { of: 'rate', bound: 'at-least', value: 0.7, times: 'COPY: to psql' },
    { of: 'growth', bound: 'at-most', value: 64 },
  ],
  load: { writers: 1, millis: 20_000, events: 1_000_000 },
  quick: { writers: 1, millis: 0, events: 2_500 },
  rounds: 3,
};

const stream: Row = {
  name: 'stream',
  title: 'a stream of 1,000 events, read and folded',
  unit: 'loads',
  ours: {
    contestant: 'ours: load',
    title: 'ours',
    includes: 'from the last event that opens its books (here the first), data read by its contract, in envelopes',
  },
  peers: [
    { contestant: 'emmett: load', title: 'emmett', includes: 'aggregateStream' },
    {
      contestant: 'message-db: load',
      title: 'message-db',
      includes: 'get_stream_messages, data parsed by JSON.parse',
    },
  ],
  targets: [{ of: 'p50', bound: 'at-most', value: 15 }],
  load: { writers: 1, millis: 2_000, events: 1_000 },
  quick: { writers: 1, millis: 30, events: 50 },
  rounds: 5,
};

export const eventStore: Benchmark = {
  name: 'event-store',
  title: 'Event store',
  notes: [
    'Every event has about 400 bytes of data, one stream per Mac, 32 Macs per writer. Every contestant has a database and a process of its own in one server; they take turns, round by round, and every ratio is the median of ratios within a round.',
  ],
  rows: [
    append(1, [{ of: 'rate', bound: 'at-least', value: 1, times: 'emmett: append' }]),
    append(8, []),
    append(32, [
      { of: 'rate', bound: 'at-least', value: 5, times: 'emmett: append' },
      { of: 'p99', bound: 'at-most', value: 0.2, times: 'emmett: append' },
      { of: 'rate', bound: 'at-least', value: 0.9, times: 'pgbench: insert' },
    ]),
    {
      ...append(32, []),
      name: 'two-processes',
      title: 'append, 32 writers in two processes, one reader behind them',
      ours: {
        contestant: 'ours: append once from two processes',
        title: 'ours',
        includes: 'as above; the run ends with an error when the reader misses one event',
      },
      peers: [],
    },
    {
      ...append(2, []),
      name: 'bulk',
      title: 'bulk, 2 writers',
      ours: {
        contestant: 'ours: bulk append',
        title: 'ours, 1,000 events per append',
        includes: 'as an append without `once`',
      },
      peers: [
        { contestant: 'COPY: in', title: 'COPY from Node', includes: '10,000 rows of the bare table per statement' },
      ],
      quick: { writers: 2, millis: 30, events: 0 },
    },
    replay,
    stream,
  ],
};
