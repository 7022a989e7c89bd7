import { command } from '../command.js';
import { askStores, storePath } from '../stores.js';

interface Operation {
  readonly operationId: string;
  readonly kind: string;
  readonly target: string;
  readonly askedAt: string;
  readonly askedBy: string;
  readonly because: string | null;
  readonly end: { readonly at: string; readonly outcome: string; readonly detail: string } | null;
}

const secondOf = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

const lines = (context: string, { kind, target, askedAt, askedBy, because, end }: Operation): readonly string[] => [
  `${secondOf(askedAt)}  ${context}: ${kind} ${target}, ${end ? end.outcome : 'no end yet'}`,
  `                     by ${askedBy}${because === null ? '' : `, because: ${because}`}`,
  ...(end ? [`                     ${secondOf(end.at)}: ${end.detail}`] : []),
];

export const operations = command({
  name: 'operations [context]',
  summary: 'The audit: what operators asked of the stores, why, and how it ended; the oldest first.',
  example: 'mos operations updates',
  async run({ context }, { api, out }) {
    const told = await askStores(context, out, (one) =>
      api.all<Operation>(`${storePath(one, 'operations')}?limit=1000`),
    );
    const items = told
      .flatMap(({ context, answer }) => answer.items.map((operation) => ({ context, ...operation })))
      .toSorted((a, b) => a.askedAt.localeCompare(b.askedAt));
    const text = items.flatMap((operation) => lines(operation.context, operation));
    out.object(text.length > 0 ? text : ['nothing there'], { items });
    return 0;
  },
});
