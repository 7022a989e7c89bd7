import type { Envelope, LibraryEvent } from '@managed-os/contracts';
import { addMillis, type Decider, instant, type Instant, RandomIds } from '@managed-os/kernel';
import type { Append, AppendOutcome, EventStore, Once } from '../../event-store.js';
import type { Writing } from './writing.js';

export type LibraryStore = EventStore<LibraryEvent>;

/** A store under test: of the context `library`, empty, a load may start at `ItemRenamed`. */
export interface OpenedStore {
  readonly store: LibraryStore;
  /** The same log as another process sees it; the same object where there are no other processes. */
  readonly other: LibraryStore;
  /** Each writing at a place of its own on the same log, at once: in processes, where the log can be reached from several. */
  write(writings: readonly Writing[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

const ids = new RandomIds();
export const newId = (): string => ids.next();
export const newStream = (): string => `library_item-${newId()}`;

export const T0: Instant = instant(Date.parse('2022-09-10T06:00:00.000Z'));
export const at = (minutes: number): Instant => addMillis(T0, minutes * 60_000);

export const added = (name = 'Monterey'): LibraryEvent => ({ type: 'ItemAdded', itemId: newId(), os: '12', name });
export const renamed = (name: string): LibraryEvent => ({ type: 'ItemRenamed', itemId: newId(), name });

/** An append with one event at any revision of a new stream, except where told otherwise. */
export const append = ({
  time = T0,
  ids: given,
  ...rest
}: Partial<Append<LibraryEvent>> & { time?: Instant; ids?: readonly string[] } = {}): Append<LibraryEvent> => {
  const fresh = Array.from({ length: (rest.events ?? [1]).length }, newId);
  return {
    stream: newStream(),
    expected: 'any',
    events: [added()],
    cause: { correlationId: newId(), actor: 'user:1', time, idOf: (index) => (given ?? fresh)[index] ?? '' },
    ...rest,
  };
};

export const once = (consumer = 'library', messageId = newId(), rest: Partial<Once> = {}): Once => ({
  consumer,
  messageId,
  ...rest,
});

/** A message of another context. */
export const message = (version = '12.6'): Envelope => ({
  id: newId(),
  source: 'mos://releases/6c3c1a35-0b5e-4a43-8d2b-7e7c1d8c1f01',
  type: 'managedos.releases.v1.ReleaseAnnounced',
  subject: 'release-12_6',
  time: T0,
  recordedAt: at(1),
  revision: 3n,
  position: 9_007_199_254_740_993n,
  correlationId: newId(),
  causationId: newId(),
  actor: 'service:releases',
  data: { type: 'ReleaseAnnounced', version } as Envelope['data'],
});

export const kinds = (outcomes: readonly AppendOutcome[]): readonly string[] =>
  outcomes.map((outcome) => outcome.kind).toSorted();

/** Names in order of the events, to see what was folded. */
export const names: Pick<Decider<never, LibraryEvent, readonly string[], never>, 'initial' | 'evolve'> = {
  initial: [],
  evolve: (state, event) => ('name' in event ? [...state, event.name] : state),
};

/** All entries of a log, page by page. */
export const readAll = async (store: LibraryStore, inboxes: readonly string[] = [], page = 7) => {
  const entries = [];
  for (let after = 0n; ;) {
    const read = await store.readLog(after, page, inboxes);
    entries.push(...read);
    const last = read.at(-1);
    if (!last) return entries;
    after = last.position;
  }
};
