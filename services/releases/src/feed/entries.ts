import type { PmvBody, PmvEntry, PmvImprovement } from '@managed-os/apple-mdm';
import type { Fact } from '@managed-os/contracts';
import { present } from '@managed-os/kernel';

type Entry = Fact<'FeedChanged'>['entries'][number];

const entryOf = (list: string, { version, build, posted, devices }: PmvEntry): Entry => ({
  ...{ list, version, devices: [...devices] },
  ...present({ build: build ?? undefined, posted: posted ?? undefined }),
});

/** A body as the event keeps it. */
export const entriesOf = (body: PmvBody): readonly Entry[] => [
  ...body.public.map((entry) => entryOf('public', entry)),
  ...body.assets.map((entry) => entryOf('assets', entry)),
  ...body.improvements.map(({ kind, versionExtra, prerequisiteBuild, ...entry }) => ({
    ...entryOf(kind, entry),
    ...present({ versionExtra: versionExtra ?? undefined, prerequisiteBuild: prerequisiteBuild ?? undefined }),
  })),
];

const listed = ({ version, build, posted, devices }: Entry): PmvEntry => ({
  ...{ version, devices, expires: null },
  ...{ build: build ?? null, posted: posted ?? null },
});

const isImprovement = ({ list }: Entry): boolean => list === 'rsr' || list === 'bsi';

const improvementOf = (entry: Entry): PmvImprovement => ({
  ...listed(entry),
  kind: entry.list === 'rsr' ? 'rsr' : 'bsi',
  versionExtra: entry.versionExtra ?? null,
  prerequisiteBuild: entry.prerequisiteBuild ?? null,
});

/** The body that an event kept; lists of a newer version are passed over. */
export const bodyOf = (entries: readonly Entry[]): PmvBody => ({
  public: entries.filter(({ list }) => list === 'public').map(listed),
  assets: entries.filter(({ list }) => list === 'assets').map(listed),
  improvements: entries.filter(isImprovement).map(improvementOf),
});
