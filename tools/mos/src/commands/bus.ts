import { command } from '../command.js';
import { askStores, storePath } from '../stores.js';

interface Relay {
  readonly stream: string;
  readonly state: string;
  readonly epoch: string;
  readonly position: string;
  readonly lastPosition: string;
  readonly refusal: { readonly reason: string; readonly detail: string } | null;
}

interface Reseeded {
  readonly reason: string;
  readonly epoch: string;
  readonly newEpoch: boolean;
  readonly after: string;
  readonly upTo: string;
  readonly removed: number;
}

export const bus = [
  command({
    name: 'bus status',
    summary: 'How far the events of each store are in their stream. Exit code 1 when one does not fit its store.',
    example: 'mos bus status',
    options: { '--context <context>': 'only this one' },
    async run({ context }, { api, out }) {
      const told = await askStores(context, out, async (one) => (await api.get<Relay>(storePath(one, 'relay'))).body);
      out.table(
        ['Stream', 'State', 'Relayed', 'Of', 'Epoch'],
        told.map(({ answer: { stream, state, position, lastPosition, epoch } }) => [
          ...[stream, state, position, lastPosition, epoch],
        ]),
        { items: told.map(({ context, answer }) => ({ context, ...answer })) },
      );
      const refusals = told.flatMap(({ answer: { refusal } }) => (refusal ? [refusal.detail] : []));
      refusals.forEach((refusal) => out.line(refusal));
      return refusals.length === 0 ? 0 : 1;
    },
  }),
  command({
    name: 'bus reseed <context>',
    summary: 'Empty a stream that does not fit its store and publish the store’s events again (admins).',
    example: 'mos bus reseed updates --reason "the volume of NATS was lost"',
    required: { '--reason <reason>': 'why; the audit keeps it' },
    async run({ context = '', reason }, { api, out }) {
      const { body } = await api.send<Reseeded>('POST', storePath(context, 'relay', 'reseed'), { reason });
      const { after, upTo, removed, newEpoch, epoch } = body;
      out.object(
        [
          `${context}: events after ${after}, up to ${upTo}, are published again; ${removed} messages were removed`,
          ...(newEpoch ? [`the store begins epoch ${epoch} and reads the events of others again`] : []),
        ],
        body,
      );
      return 0;
    },
  }),
  command({
    name: 'bus reread <context>',
    summary:
      'Have a store whose database was restored read again what the streams hold (admins). A reseed does the same.',
    example: 'mos bus reread updates --reason "restored last night’s dump"',
    required: { '--reason <reason>': 'why; the audit keeps it' },
    async run({ context = '', reason }, { api, out }) {
      const { body } = await api.send<{ readonly streams: readonly string[] }>(
        'POST',
        storePath(context, 'relay', 'reread'),
        { reason },
      );
      out.object([`${context}: reads ${body.streams.join(', ')} again; what it knows already has no effect`], body);
      return 0;
    },
  }),
];
