import { command } from '../command.js';

interface Release {
  readonly version: string;
  readonly build: string;
  readonly os: string;
  readonly kind: string;
  readonly released: string;
}

export const releases = command({
  name: 'releases',
  summary: 'The macOS releases that are public now.',
  example: 'mos releases --os 12',
  options: { '--os <major>': 'only this major: 10.13 … 27' },
  async run({ os }, { api, out }) {
    const body = await api.all<Release>(`/api/releases${os ? `?os=${encodeURIComponent(os)}` : ''}`);
    out.table(
      ['Version', 'Build', 'Released', 'Kind'],
      body.items.map(({ version, build, released, kind }) => [version, build, released, kind]),
      body,
    );
    return 0;
  },
});
