import { readFile } from 'node:fs/promises';
import {
  capturedAt,
  followPmv,
  NOTHING_LISTED,
  parsePmvCapture,
  type PmvBody,
  type PmvChange,
  type PmvEntry,
  pmvKey,
  type PmvState,
} from '@managed-os/apple-mdm';
import { present } from '@managed-os/kernel';
import { findCaptures, reading } from '../captures.js';
import { command } from '../command.js';

interface Release {
  readonly version: string;
  readonly build: string;
  readonly os: string;
  readonly kind: string;
  readonly released: string;
}

/** A change as one line; `devices` as their number. */
const lineOf = (capture: string, { change, version, build, released, devices, prerequisiteBuild }: PmvChange) => ({
  ...{ capture, change, version, build, ...present({ released: released ?? undefined }), devices: devices.length },
  ...(prerequisiteBuild !== undefined && { prerequisiteBuild }),
});

/** A build that no response has dated so far is as old as the capture that shows it first. */
const dated = (body: PmvBody, state: PmvState, capture: string): PmvBody => {
  const day = capturedAt(capture)?.slice(0, 10) ?? null;
  const withDate = <E extends PmvEntry>(entry: E): E => {
    const key = pmvKey(entry);
    const isDated = state.builds.get(key)?.released ?? state.improvements.get(key)?.posted;
    return { ...entry, posted: entry.posted ?? (isDated ? null : day) };
  };
  return {
    public: body.public.map(withDate),
    assets: body.assets.map(withDate),
    improvements: body.improvements.map(withDate),
  };
};

export const releases = [
  command({
    name: 'releases list',
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
  }),
  command({
    name: 'releases replay <path...>',
    summary: 'What captures of Apple’s feed change, from nothing on: one JSON object per line. Asks no server.',
    example: 'mos releases replay captures/ 2026-08-22T1845Z.json.gz',
    async run(_args, { out }, paths) {
      let state = NOTHING_LISTED;
      for (const { name, file } of await findCaptures(paths)) {
        const print = (line: object): Promise<void> => out.raw(`${JSON.stringify(line)}\n`);
        const parsed = await parsePmvCapture(await reading(file, () => readFile(file)));
        const followed = parsed.ok ? followPmv(state, dated(parsed.body, state, name)) : parsed;
        if (!followed.ok) {
          await print({ capture: name, change: 'body_rejected', ...followed.refusal });
          continue;
        }
        state = followed.state;
        for (const change of followed.changes) await print(lineOf(name, change));
      }
      return 0;
    },
  }),
];
