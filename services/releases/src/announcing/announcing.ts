import type { ReleasesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, parseInstant, reactionId } from '@managed-os/kernel';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';
import { type HandleRelease, releasesIn } from './releases.js';

const CONSUMER = 'catalogue';
const PAGE = 1_000;

/** Which builds were announced; each time it reads on where it stopped. */
export class AnnouncedBuilds {
  private readonly keys = new Set<string>();
  private position = 0n;

  constructor(private readonly store: Pick<EventStore<ReleasesEvent>, 'readLog'>) {}

  async soFar(): Promise<ReadonlySet<string>> {
    for (;;) {
      const page = await this.store.readLog(this.position, PAGE);
      for (const { envelope, position } of page) {
        const event = envelope.data as ReleasesEvent;
        if (event.type === 'ReleaseAnnounced') this.keys.add(keyOf(event));
        this.position = position;
      }
      if (page.length === 0) return this.keys;
    }
  }
}

/**
 * Announces every release when the clock reaches its first-seen instant, the earliest first; returns when `signal` aborts
 * or nothing is left. Each build is announced once, however often and by however many replicas this runs, and also when the
 * feed knew it before.
 */
export const announceInTime = async (
  all: readonly ReleaseAnnounced[],
  store: EventStore<ReleasesEvent>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  const announced = await new AnnouncedBuilds(store).soFar();
  const handle = releasesIn(store);
  for (const release of all) {
    if (announced.has(keyOf(release))) continue;
    const at = instantOf(release.firstSeen);
    if (clock.now() < at) await clock.sleepUntil(at, signal);
    if (signal.aborted) return;
    await announce(release, handle, clock.now());
  }
};

/** The same for those whose instant has come, without waiting for others. */
export const announceUpTo = async (
  all: readonly ReleaseAnnounced[],
  store: EventStore<ReleasesEvent>,
  now: Instant,
  builds = new AnnouncedBuilds(store),
): Promise<void> => {
  const announced = await builds.soFar();
  const handle = releasesIn(store);
  for (const release of all)
    if (!announced.has(keyOf(release)) && instantOf(release.firstSeen) <= now) await announce(release, handle, now);
};

const announce = async (release: ReleaseAnnounced, handle: HandleRelease, now: Instant): Promise<void> => {
  const id = reactionId(CONSUMER, release.version, release.build);
  await handle(
    release.version,
    { type: 'Announce', release },
    {
      cause: { correlationId: id, actor: 'service:releases', time: now, idOf: (index) => reactionId(id, index) },
      once: { consumer: CONSUMER, messageId: id },
    },
  );
};

const keyOf = ({ version, build }: ReleaseAnnounced): string => `${version} ${build}`;

const instantOf = (text: string): Instant => {
  const at = parseInstant(text);
  if (!at) throw new RangeError(`the catalogue holds no instant: ${text}`);
  return at;
};
