import { command } from '../command.js';
import { minuteOf } from '../stores.js';

interface Proposal {
  readonly proposalId: string;
  readonly state: string;
  readonly change: {
    readonly change: string;
    readonly version: string;
    readonly build: string;
    readonly devices: readonly string[];
  };
  readonly seen: string;
  readonly reasons: readonly string[];
  readonly macs: number | null;
}

const PATH = '/api/releases/quarantine';

const decide = (proposalId: string, what: 'approve' | 'reject'): string =>
  `${PATH}/${encodeURIComponent(proposalId)}/${what}`;

const wordsOf = (text: string): string => text.replaceAll('_', ' ');

const changeOf = ({ change, version, build, devices }: Proposal['change']): string =>
  `${wordsOf(change)} ${version} ${build}${devices.length > 0 ? ` (${devices.length} devices)` : ''}`;

const lineOf = ({ proposalId, state, change }: Proposal): string => `${proposalId}: ${changeOf(change)}, ${state}`;

export const quarantine = [
  command({
    name: 'releases quarantine list',
    summary: 'Changes of Apple’s feed that count only once somebody approves them.',
    example: 'mos releases quarantine',
    async run(_args, { api, out }) {
      const body = await api.all<Proposal>(PATH);
      out.table(
        ['Proposal', 'Seen', 'Change', 'Why', 'Macs'],
        body.items.map(({ proposalId, seen, change, reasons, macs }) => [
          proposalId,
          minuteOf(seen),
          changeOf(change),
          reasons.map(wordsOf).join(', '),
          macs === null ? 'not counted' : String(macs),
        ]),
        body,
      );
      return 0;
    },
  }),
  command({
    name: 'releases quarantine approve <id>',
    summary: 'Let a change of the feed count after all (admins).',
    example: 'mos releases quarantine approve 6d1b6c1e-9a0f-5c3e-8b1d-2f3a4b5c6d7e',
    async run({ id = '' }, { api, out }) {
      const { body } = await api.send<Proposal>('POST', decide(id, 'approve'));
      out.object([lineOf(body)], body);
      return 0;
    },
  }),
  command({
    name: 'releases quarantine reject <id>',
    summary: 'Never let a change of the feed count; it is not proposed again (admins).',
    example: 'mos releases quarantine reject 6d1b6c1e-9a0f-5c3e-8b1d-2f3a4b5c6d7e --reason "Apple took it back"',
    required: { '--reason <reason>': 'why; the event keeps it' },
    async run({ id = '', reason }, { api, out }) {
      const { body } = await api.send<Proposal>('POST', decide(id, 'reject'), { reason });
      out.object([lineOf(body)], body);
      return 0;
    },
  }),
];
