import { command } from '../command.js';
import { askStores, minuteOf, nameOf, storePath } from '../stores.js';

interface Letter {
  readonly letterId: string;
  readonly stream: string;
  readonly token: string;
  readonly subject: string;
  readonly type: string | null;
  readonly messageId: string;
  readonly sequence: string;
  readonly reason: string;
  readonly detail: string;
  readonly tries: number;
  readonly storedAt: string;
  readonly settled: {
    readonly outcome: string;
    readonly at: string;
    readonly by: string;
    readonly because: string;
  } | null;
}

interface WholeLetter extends Letter {
  readonly attributes: Readonly<Record<string, string>>;
  readonly event: Readonly<Record<string, unknown>> | null;
  readonly unreadable: string | null;
  readonly body: { readonly as: string; readonly content: string } | null;
  readonly followers: number;
}

interface Redelivered {
  readonly redelivered: number;
  readonly waiting: number;
  readonly stoppedAt: { readonly letterId: string; readonly detail: string } | null;
}

interface Discarded extends Letter {
  readonly next: string;
}

const eventOf = ({ type, subject }: Letter): string => (type ? nameOf(type) : subject);

const counted = (n: number, one: string, many = `${one}s`): string => `${n === 0 ? 'no' : n} ${n === 1 ? one : many}`;

const lines = (context: string, letter: WholeLetter): readonly string[] => {
  const { letterId, stream, sequence, messageId, token, detail, tries, storedAt, settled, followers } = letter;
  const { attributes, event, unreadable, body } = letter;
  return [
    `${context} ${letterId}: ${eventOf(letter)}, ${letter.reason}`,
    `  message   ${messageId}`,
    `  stream    ${stream}, sequence ${sequence}`,
    `  token     ${token}, ${counted(followers, 'letter')} behind it`,
    `  stored    ${minuteOf(storedAt)} UTC after ${counted(tries, 'try', 'tries')}`,
    `  detail    ${detail}`,
    ...(settled
      ? [`  settled   ${settled.outcome} at ${minuteOf(settled.at)} UTC by ${settled.by}`]
      : ['  settled   not yet']),
    ...(settled?.because ? [`  because   ${settled.because}`] : []),
    '',
    ...Object.entries(attributes).map(([name, value]) => `  ${name.padEnd(16)}  ${value}`),
    '',
    ...(event
      ? JSON.stringify(event, undefined, 2).split('\n')
      : [`no event: ${unreadable ?? ''}`, ...(body ? [`as ${body.as}: ${body.content}`] : [])]),
  ];
};

export const deadLetters = [
  command({
    name: 'dead-letters list',
    summary: 'Messages that a service did not handle; those of the same Mac wait behind them.',
    example: 'mos dead-letters list --context updates',
    options: {
      '--context <context>': 'only those of this store’s service; all when left out',
      '--device <id>': 'only those of this Mac',
      '--settled': 'those that were redelivered or discarded, instead of those that wait',
    },
    async run({ context, device, settled }, { api, out }) {
      const query = new URLSearchParams({
        limit: '1000',
        which: settled ? 'settled' : 'open',
        ...(device !== undefined && { device }),
      });
      const told = await askStores(context, out, (one) =>
        api.all<Letter>(`${storePath(one, 'dead-letters')}?${query.toString()}`),
      );
      const letters = told.flatMap(({ context, answer }) => answer.items.map((letter) => ({ context, ...letter })));
      out.table(
        settled
          ? ['Letter', 'Token', 'Event', 'Settled', 'As', 'Because']
          : ['Letter', 'Token', 'Event', 'Reason', 'Stored'],
        letters.map((letter) => [
          `${letter.context} ${letter.letterId}`,
          letter.token,
          eventOf(letter),
          ...(letter.settled
            ? [minuteOf(letter.settled.at), letter.settled.outcome, letter.settled.because]
            : [letter.reason, minuteOf(letter.storedAt)]),
        ]),
        { items: letters },
      );
      return 0;
    },
  }),
  command({
    name: 'dead-letters show <context> <id>',
    summary: 'One letter with its event, and what it failed with.',
    example: 'mos dead-letters show updates 17',
    async run({ context = '', id = '' }, { api, out }) {
      const { body } = await api.get<WholeLetter>(storePath(context, 'dead-letters', id));
      out.object(lines(context, body), body);
      return 0;
    },
  }),
  command({
    name: 'dead-letters redeliver <context> <id>',
    summary: 'Handle the letters of that Mac after all, in order, until one fails again.',
    example: 'mos dead-letters redeliver updates 17',
    async run({ context = '', id = '' }, { api, out }) {
      const { body } = await api.send<Redelivered>('POST', storePath(context, 'dead-letters', id, 'redeliver'));
      const { redelivered, waiting, stoppedAt } = body;
      out.object(
        [
          `${counted(redelivered, 'letter')} redelivered, ${counted(waiting, 'letter waits', 'letters wait')} still`,
          ...(stoppedAt ? [`${context} ${stoppedAt.letterId} failed again: ${stoppedAt.detail}`] : []),
        ],
        body,
      );
      return waiting === 0 ? 0 : 1;
    },
  }),
  command({
    name: 'dead-letters discard <context> <id>',
    summary: 'Never handle this message. Those behind it wait until they are redelivered.',
    example: 'mos dead-letters discard updates 17 --reason "the Mac was wiped"',
    required: { '--reason <reason>': 'why; the audit keeps it' },
    async run({ context = '', id = '', reason }, { api, out }) {
      const path = storePath(context, 'dead-letters', id, 'discard');
      const { body } = await api.send<Discarded>('POST', path, { reason });
      out.object([`discarded ${context} ${id}`, body.next], body);
      return 0;
    },
  }),
];
