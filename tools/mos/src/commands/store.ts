import { ApiError } from '../api.js';
import { command } from '../command.js';
import { askStores, nameOf, storePath } from '../stores.js';

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly position: string;
}

interface Progress {
  readonly checked: string;
  readonly upTo: string;
}

interface Verified {
  readonly events: string;
  readonly messages: string;
  readonly streams: string;
  readonly upTo: string;
  readonly faults: readonly {
    readonly kind: string;
    readonly position: string | null;
    readonly stream: string | null;
    readonly detail: string;
  }[];
  /** There are more faults. */
  readonly more: boolean;
}

const FOLLOW_MS = 1_000;

const rowOf = ({ position, time, type, subject }: Event): string =>
  `${position.padStart(9)}  ${time.slice(0, 19).replace('T', ' ')}  ${nameOf(type).padEnd(22)}  ${subject}`;

export const store = [
  command({
    name: 'store events <context>',
    summary: 'The events of a store in their order, one per line.',
    example: 'mos store events updates --after 1200 --limit 20',
    options: {
      '--after <position>': 'those after this position',
      '--limit <number>': 'so many of them; all when left out',
      '--stream <stream>': 'those of one stream, <category>-<token>',
      '--internal': 'also those that never leave the store (operators)',
      '--follow': 'go on with those that are still to come',
    },
    async run({ context = '', after = '0', limit, stream, internal, follow }, { api, out, real }) {
      if (limit !== undefined && !/^[1-9]\d*$/.test(limit))
        throw new ApiError(2, '--limit must be a whole number from 1');
      let [position, left] = [after, limit === undefined ? Infinity : Number(limit)];
      for (;;) {
        const query = new URLSearchParams({
          after: position,
          ...(stream !== undefined && { stream }),
          ...(internal && { internal: 'true' }),
        });
        for await (const event of api.lines<Event>('GET', `${storePath(context, 'events')}?${query.toString()}`)) {
          out.entry(rowOf(event), event);
          position = event.position;
          left -= 1;
          if (left === 0) return 0;
        }
        if (!follow) return 0;
        await real.sleep(FOLLOW_MS);
      }
    },
  }),
  command({
    name: 'store verify [context]',
    summary:
      'Compute every digest of a store again, or of all stores. Exit code 1 when something is wrong (operators).',
    example: 'mos store verify updates',
    async run({ context }, { api, out }) {
      const told = await askStores(context, out, async (one) => {
        for await (const line of api.lines<Progress | Verified>('POST', storePath(one, 'verification'))) {
          if ('faults' in line) return line;
          out.progress(`${one}: ${line.checked} of ${line.upTo}`);
        }
        throw new ApiError(3, `${one}: the answer broke off before its end`);
      });
      const items = told.map(({ context, answer }) => ({ context, ...answer }));
      const faults = items.flatMap(({ context, faults }) => faults.map((fault) => ({ context, ...fault })));
      out.table(
        ['Store', 'Events', 'Messages', 'Streams', 'Up to', 'Faults'],
        items.map(({ context, events, messages, streams, upTo, faults, more }) => [
          ...[context, events, messages, streams, upTo],
          `${faults.length}${more ? ' and more' : ''}`,
        ]),
        { items },
      );
      if (faults.length === 0) return 0;
      out.line('');
      out.table(
        ['Store', 'Fault', 'Position', 'Stream', 'Detail'],
        faults.map(({ context, kind, position, stream, detail }) => [
          ...[context, kind, position ?? '', stream ?? '', detail],
        ]),
      );
      return 1;
    },
  }),
];
