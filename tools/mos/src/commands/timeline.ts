import { ApiError } from '../api.js';
import { command } from '../command.js';
import type { Device } from './devices.js';

interface Entry {
  readonly time: string;
  readonly sentence: string;
  readonly event: string;
  readonly eventId: string;
  readonly causationId: string | null;
}

export const timeline = command({
  name: 'timeline <mac>',
  summary: 'What happened on one Mac, in order, each entry with the event behind it. <mac>: id, name or serial number.',
  example: 'mos timeline MACBOOK-07',
  async run({ mac = '' }, { api, out }) {
    const all = await api.all<Device>('/api/devices');
    const device = all.items.find(({ id, name, serialNumber }) => [id, name, serialNumber].includes(mac));
    if (!device) throw new ApiError(1, `no Mac is called ${mac}: \`mos devices\` lists them`);
    const body = await api.all<Entry>(`/api/devices/${device.id}/timeline`);
    if (device.next) out.line(`${device.name ?? device.id}: ${device.next}`);
    out.table(
      ['Time (UTC)', 'What', 'Event'],
      body.items.map(({ time, sentence, event }) => [time.slice(0, 19).replace('T', ' '), sentence, event]),
      body,
    );
    return 0;
  },
});
