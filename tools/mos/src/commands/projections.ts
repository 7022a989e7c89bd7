import { ApiError } from '../api.js';
import { command } from '../command.js';
import { askStores, storePath } from '../stores.js';

interface Rebuild {
  readonly id: string;
  readonly state: string;
  readonly position: string;
  readonly head: string;
  readonly events: string;
  readonly detail?: string;
}

interface Projection {
  readonly name: string;
  readonly version: number;
  readonly position: string;
  readonly head: string;
  readonly state: string;
  readonly failure: { readonly position: string; readonly eventType: string; readonly message: string } | null;
  readonly rebuild: Rebuild | null;
}

interface Page {
  readonly items: readonly Projection[];
}

const POLL_MS = 500;
const BAR = 30;

/** `[######      ] 21 %, 2100 of 10000` */
export const barOf = (position: string, head: string): string => {
  const part = head === '0' ? 1 : Math.min(1, Number(position) / Number(head));
  const full = Math.floor(part * BAR);
  return `[${'#'.repeat(full)}${' '.repeat(BAR - full)}] ${Math.floor(part * 100)} %, ${position} of ${head}`;
};

const detailOf = ({ failure, rebuild }: Projection): string => {
  if (failure) return `at ${failure.position}, ${failure.eventType}: ${failure.message}`;
  if (!rebuild || rebuild.state === 'done') return '';
  return `rebuild ${rebuild.state}${rebuild.detail === undefined ? '' : `: ${rebuild.detail}`}`;
};

export const projections = [
  command({
    name: 'projections list',
    summary: 'The read models of each service, and how far each has read.',
    example: 'mos projections list',
    options: { '--context <context>': 'only those of this store’s service' },
    async run({ context }, { api, out }) {
      const told = await askStores(context, out, (one) => api.all<Projection>(storePath(one, 'projections')));
      const items = told.flatMap(({ context, answer }) => answer.items.map((one) => ({ context, ...one })));
      out.table(
        ['Store', 'Projection', 'Version', 'State', 'Position', 'Of', 'Detail'],
        items.map((one) => [
          ...[one.context, one.name, String(one.version), one.state, one.position, one.head],
          detailOf(one),
        ]),
        { items },
      );
      return 0;
    },
  }),
  command({
    name: 'projections rebuild <name>',
    summary: 'Replay every event into a fresh copy of a read model, then switch readers over (operators).',
    example: 'mos projections rebuild device_state',
    options: {
      '--context <context>': 'whose read model it is; needed where several have one of this name',
      '--no-wait': 'only ask for it',
    },
    async run({ name = '', context, wait }, { api, out, real }) {
      const told = await askStores(context, out, async (one) =>
        (await api.get<Page>(storePath(one, 'projections'))).body.items.some((known) => known.name === name),
      );
      const [owner, ...others] = told.filter(({ answer }) => answer).map(({ context }) => context);
      if (owner === undefined)
        throw new ApiError(1, `no projection is called ${name}: \`mos projections list\` lists them`);
      if (others.length > 0)
        throw new ApiError(2, `${[owner, ...others].join(' and ')} have a projection ${name}: name one with --context`);
      const path = storePath(owner, 'projections');
      const asked = await api.send<Rebuild>('POST', storePath(owner, 'projections', name, 'rebuild'));
      let rebuild = asked.body;
      if (wait === 'no') {
        out.object([`${name}: the rebuild is asked for`], rebuild);
        return 0;
      }
      while (rebuild.state === 'asked' || rebuild.state === 'running') {
        out.progress(`${name} ${rebuild.state === 'asked' ? 'is asked for' : barOf(rebuild.position, rebuild.head)}`);
        await real.sleep(POLL_MS);
        const found = (await api.get<Page>(path)).body.items.find((known) => known.name === name)?.rebuild;
        if (found?.id !== asked.body.id) throw new ApiError(1, `${name}: another rebuild took the place of this one`);
        rebuild = found;
      }
      out.object(
        [
          rebuild.state === 'done'
            ? `${name}: rebuilt from ${rebuild.events} events`
            : `${name}: the rebuild failed: ${rebuild.detail ?? 'without a word'}`,
        ],
        rebuild,
      );
      return rebuild.state === 'done' ? 0 : 1;
    },
  }),
];
