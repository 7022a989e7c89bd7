import { command } from '../command.js';

/** A Mac as `/api/devices` tells it. */
export interface Device {
  readonly id: string;
  readonly name: string | null;
  readonly serialNumber: string | null;
  readonly osVersion: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly stage: string | null;
  readonly overdue: boolean;
  readonly target: string | null;
  readonly deadlineLocal: string | null;
  readonly zone: string | null;
  readonly whoActsNext: string | null;
  readonly next: string | null;
}

/** The reason is in the sentence of what happens next. */
const stateOf = ({ status, stage, overdue }: Device): string =>
  `${(status === 'due' && stage ? stage : status).replaceAll('_', ' ')}${overdue ? ', overdue' : ''}`;

/** `America/New_York` as `New York`. */
const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

const deadlineOf = ({ deadlineLocal, zone }: Device): string =>
  deadlineLocal ? `${deadlineLocal.replace('T', ' ').slice(0, 16)} ${placeOf(zone ?? '')}` : '';

export const devices = command({
  name: 'devices',
  summary: 'Every Mac: its version, what it owes and what happens next.',
  example: 'mos devices --status blocked',
  options: { '--status <status>': 'only Macs with this status', '--blueprint <id>': 'only Macs of this Blueprint' },
  async run({ status, blueprint }, { api, out }) {
    const query = new URLSearchParams({ ...(status && { status }), ...(blueprint && { blueprintId: blueprint }) });
    const body = await api.all<Device>(`/api/devices?${query.toString()}`);
    out.table(
      ['Mac', 'Version', 'Target', 'State', 'Deadline', 'Next'],
      body.items.map((device) => [
        device.name ?? device.serialNumber ?? device.id,
        device.osVersion ?? 'unknown',
        device.target ?? '',
        stateOf(device),
        deadlineOf(device),
        device.whoActsNext === 'nobody' ? '' : (device.next ?? ''),
      ]),
      body,
      'cut',
    );
    return 0;
  },
});
