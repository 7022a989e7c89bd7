import { command } from '../command.js';
import { preview } from '../preview.js';

interface Blueprint {
  readonly id: string;
  readonly name: string;
  readonly builtIn: boolean;
  readonly items: readonly string[];
  readonly devices: number;
}

const path = (id: string | undefined): string => `/api/blueprints/${encodeURIComponent(id ?? '')}`;

export const blueprints = [
  command({
    name: 'blueprints list',
    summary: 'The Blueprints with their items and how many Macs they hold.',
    example: 'mos blueprints list',
    async run(_, { api, out }) {
      const body = await api.all<Blueprint>('/api/blueprints');
      out.table(
        ['Blueprint', 'Macs', 'Items', 'Id'],
        body.items.map(({ id, name, items, devices }) => [name, String(devices), items.join(' '), id]),
        body,
      );
      return 0;
    },
  }),
  command({
    name: 'blueprints add <name>',
    summary: 'Create a Blueprint.',
    example: 'mos blueprints add "Design team"',
    async run({ name }, { api, out }) {
      const { body } = await api.send<Blueprint>('POST', '/api/blueprints', { name });
      out.object([`${body.name}: ${body.id}`], body);
      return 0;
    },
  }),
  command({
    name: 'blueprints assign <blueprint> <item>',
    summary: 'Put an item on a Blueprint: it applies to the Macs there from now on.',
    example: 'mos blueprints assign 0199… 0199…',
    options: { '--confirm <count>': 'assign it although it affects so many Macs' },
    async run({ blueprint, item = '', confirm }, { api, out }) {
      const change = { kind: 'assignment', blueprintId: blueprint, itemId: item };
      const previewed = await preview(api, out, change, confirm);
      const { body } = await api.send<Blueprint>(
        'PUT',
        `${path(blueprint)}/items/${encodeURIComponent(item)}`,
        undefined,
        previewed,
      );
      out.object([`assigned ${item}`], body ?? { blueprint, item });
      return 0;
    },
  }),
  command({
    name: 'blueprints unassign <blueprint> <item>',
    summary: 'Take an item off a Blueprint.',
    example: 'mos blueprints unassign 0199… 0199…',
    async run({ blueprint, item = '' }, { api, out }) {
      const { body } = await api.send<Blueprint>('DELETE', `${path(blueprint)}/items/${encodeURIComponent(item)}`);
      out.object([`unassigned ${item}`], body ?? { blueprint, item });
      return 0;
    },
  }),
  command({
    name: 'blueprints move <blueprint> <device>',
    summary: 'Move a Mac to a Blueprint; it leaves the one it was in.',
    example: 'mos blueprints move 0199… 5a3c…',
    async run({ blueprint, device = '' }, { api, out }) {
      await api.send('PUT', `${path(blueprint)}/devices/${encodeURIComponent(device)}`);
      out.object([`moved ${device}`], { blueprint, device });
      return 0;
    },
  }),
];
