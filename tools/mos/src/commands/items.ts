import { command, type Tools } from '../command.js';
import { preview } from '../preview.js';

interface Enforcement {
  readonly mode: string;
  readonly window?: string;
  readonly exploitedWindow?: string;
  readonly minimumVersion?: string;
  readonly deadlineDate?: string;
  readonly time?: string;
  readonly clock?: { readonly zone?: string; readonly deviceLocal?: boolean };
}

interface Item {
  readonly id: string;
  readonly os: string;
  readonly name: string;
  readonly enforcement: Enforcement | null;
  readonly overrides: Readonly<Record<string, string>>;
}

const CONFIRM = { '--confirm <count>': 'save it although it affects so many Macs' };

const exploited = ({ exploitedWindow }: Enforcement): string =>
  exploitedWindow === undefined ? '' : ` (${exploitedWindow} when it fixes exploited vulnerabilities)`;

const described = (enforcement: Enforcement | null): string => {
  if (!enforcement) return 'not configured';
  const clock = enforcement.clock?.zone ?? "the Mac's own clock";
  switch (enforcement.mode) {
    case 'automatic':
      return `new updates ${enforcement.window} after their release${exploited(enforcement)}, at ${enforcement.time} ${clock}`;
    case 'manual':
      return `at least ${enforcement.minimumVersion} by ${enforcement.deadlineDate} ${enforcement.time} ${clock}`;
    default:
      return 'do not manage';
  }
};

const lines = ({ id, os, name, enforcement, overrides }: Item): readonly string[] => [
  `${name} (macOS ${os})`,
  `  id           ${id}`,
  `  enforcement  ${described(enforcement)}`,
  ...Object.entries(overrides).map(([version, window]) => `  ${version.padEnd(11)}  ${window} after its release`),
];

const revisionOf = (etag: string | undefined): string => (etag ?? '').replace(/^(?:W\/)?"(.*)"$/, '$1');

interface WindowSave {
  readonly id: string;
  readonly version: string;
  readonly method: 'PUT' | 'DELETE';
  readonly window: string | undefined;
  readonly body: object | undefined;
  readonly confirm: string | undefined;
}

const saveWindow = async (
  { api, out }: Tools,
  { id, version, method, window, body, confirm }: WindowSave,
): Promise<number> => {
  const path = `/api/library/items/${encodeURIComponent(id)}`;
  const { body: item, etag } = await api.get<Item>(path);
  const change = { kind: 'override', itemId: item.id, version, window, revision: revisionOf(etag) };
  const previewed = await preview(api, out, change, confirm);
  const at = `${path}/releases/${encodeURIComponent(version)}/window`;
  const { body: saved } = await api.send<Item>(method, at, body, { ifMatch: etag, ...previewed });
  out.object(lines(saved), saved);
  return 0;
};

export const items = [
  command({
    name: 'items list',
    summary: 'The Managed OS items of the Library.',
    example: 'mos items list',
    async run(_, { api, out }) {
      const body = await api.all<Item>('/api/library/items');
      out.table(
        ['Item', 'macOS', 'Enforcement', 'Id'],
        body.items.map((item) => [item.name, item.os, described(item.enforcement), item.id]),
        body,
      );
      return 0;
    },
  }),
  command({
    name: 'items show <id>',
    summary: 'One item.',
    example: 'mos items show 0199…',
    async run({ id = '' }, { api, out }) {
      const { body } = await api.get<Item>(`/api/library/items/${encodeURIComponent(id)}`);
      out.object(lines(body), body);
      return 0;
    },
  }),
  command({
    name: 'items add <os>',
    summary: 'Add a macOS to the Library. It enforces nothing until `items enforce`.',
    example: 'mos items add 12 --name "macOS Monterey"',
    options: { '--name <name>': 'its name; Apple’s name when left out' },
    async run({ os, name }, { api, out }) {
      const { body } = await api.send<Item>('POST', '/api/library/items', { os, ...(name && { name }) });
      out.object(lines(body), body);
      return 0;
    },
  }),
  command({
    name: 'items enforce <id>',
    summary: 'Set the version enforcement of an item.',
    example:
      'mos items enforce 0199… --mode manual --minimum-version 12.5.1 --date 2022-09-16 --time 14:00 --zone America/New_York',
    options: {
      '--mode <mode>': 'do_not_manage, automatic or manual',
      '--window <window>': 'automatic: P1D P2D P1W P2W P3W P1M P2M P3M after the release date',
      '--exploited-window <window>': 'automatic: a shorter one for releases that fix exploited vulnerabilities',
      '--minimum-version <version>': 'manual: the lowest version',
      '--date <date>': 'manual: the deadline, YYYY-MM-DD',
      '--time <time>': 'the time of day, HH:MM',
      '--zone <zone>': 'an IANA time zone, or device for the Mac’s own clock',
      ...CONFIRM,
    },
    async run({ id = '', mode, window, exploitedWindow, minimumVersion, date, time, zone, confirm }, { api, out }) {
      const path = `/api/library/items/${encodeURIComponent(id)}`;
      const { body: item, etag } = await api.get<Item>(path);
      const enforcement = {
        mode,
        ...(window && { window }),
        ...(exploitedWindow && { exploitedWindow }),
        ...(minimumVersion && { minimumVersion }),
        ...(date && { deadlineDate: date }),
        ...(time && { time }),
        ...(zone && { clock: zone === 'device' ? { deviceLocal: true } : { zone } }),
      };
      const change = { kind: 'enforcement', itemId: item.id, os: item.os, revision: revisionOf(etag), enforcement };
      const previewed = await preview(api, out, change, confirm);
      const { body } = await api.send<Item>('PUT', `${path}/enforcement`, enforcement, { ifMatch: etag, ...previewed });
      out.object(lines(body), body);
      return 0;
    },
  }),
  command({
    name: 'items override <id> <version>',
    summary: 'Give one release a window of its own in an item that enforces automatically.',
    example: 'mos items override 0199… 12.6 --window P3D --reason "exploited"',
    required: { '--window <window>': 'days, weeks or months after its release date: P3D, P6W, P4M' },
    options: { '--reason <text>': 'why', ...CONFIRM },
    async run({ id = '', version = '', window, reason, confirm }, tools) {
      const body = { window, ...(reason && { reason }) };
      return saveWindow(tools, { id, version, method: 'PUT', window, body, confirm });
    },
  }),
  command({
    name: 'items restore <id> <version>',
    summary: 'Give a release the item’s window again.',
    example: 'mos items restore 0199… 12.6',
    options: CONFIRM,
    run: ({ id = '', version = '', confirm }, tools) =>
      saveWindow(tools, { id, version, method: 'DELETE', window: undefined, body: undefined, confirm }),
  }),
  command({
    name: 'items remove <id>',
    summary: 'Take an item out of the Library; nothing of it is enforced any more.',
    example: 'mos items remove 0199…',
    async run({ id = '' }, { api, out }) {
      const path = `/api/library/items/${encodeURIComponent(id)}`;
      const { etag } = await api.get<Item>(path);
      await api.send('DELETE', path, undefined, { ifMatch: etag });
      out.object([`removed ${id}`], { removed: id });
      return 0;
    },
  }),
];
