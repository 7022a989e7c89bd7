import { createHash } from 'node:crypto';
import { listedIn, parsePmvCapture, pmvKey } from '@managed-os/apple-mdm';
import type { ReleasesEvent } from '@managed-os/contracts';
import { type EventStore, handler } from '@managed-os/event-store';
import { type Clock, type Instant, present, reactionId } from '@managed-os/kernel';
import { AnnouncedBuilds, announceUpTo } from '../announcing/announcing.js';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';
import type { AlertLog } from '../guard/alerts.js';
import type { Guard } from '../guard/guard.js';
import { feed, type FeedState } from './feed.decider.js';
import type { Capture, FeedSource } from './feed-source.js';

/** One feed, wherever its bodies come from. */
const SOURCE = 'pmv';
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15 * 60_000;

/** Why the feed cannot be read at the moment. */
export interface FeedFailure {
  readonly since: Instant;
  readonly tries: number;
}

/** What the reading came to since this process started. */
export interface FeedStatus {
  readonly lastCapture: string | undefined;
  readonly lastSeen: Instant | undefined;
  readonly failure: FeedFailure | undefined;
}

/** Where the feed comes from, and who reads it; nobody does where it is off. */
export interface Feed {
  readonly source: 'off' | FeedSource['name'];
  readonly reader?: FeedReader;
}

/** Reads body after body. One that cannot be read says nothing: least of all that the feed were empty (X14). */
export class FeedReader {
  private readonly handle;
  private readonly announced: AnnouncedBuilds;
  private state: FeedStatus = { lastCapture: undefined, lastSeen: undefined, failure: undefined };

  constructor(
    private readonly source: FeedSource,
    private readonly store: EventStore<ReleasesEvent>,
    private readonly catalogue: readonly ReleaseAnnounced[],
    private readonly guard: Pick<Guard, 'runOnce'>,
    private readonly clock: Clock,
    private readonly log: AlertLog,
  ) {
    this.handle = handler(store, 'feed', feed);
    this.announced = new AnnouncedBuilds(store);
  }

  get status(): FeedStatus {
    return this.state;
  }

  async run(signal: AbortSignal): Promise<void> {
    let after = (await feedStateOf(this.store)).seen;
    let refused = false;
    while (!signal.aborted) {
      const capture = await this.next(after, refused, signal);
      if (!capture) return;
      refused = (await this.take(capture)).refused !== undefined;
      after = capture.seen;
      this.state = { lastCapture: capture.name, lastSeen: capture.seen, failure: undefined };
    }
  }

  /** The next body; what fails meanwhile is told, and tried again after pauses of real time. */
  private async next(after: string, refused: boolean, signal: AbortSignal): Promise<Capture | undefined> {
    const { real } = this.clock;
    for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return await this.source.next({ after, refused, signal });
      } catch (error) {
        if (signal.aborted) return undefined;
        const { since = real.now(), tries = 0 } = this.state.failure ?? {};
        this.state = { ...this.state, failure: { since, tries: tries + 1 } };
        this.log.warn({ error, tries: tries + 1, retryMs: pause }, 'Apple’s feed cannot be read and is tried again');
      }
      await real.sleep(pause, signal);
    }
    return undefined;
  }

  /** Everything that a body leads to, short of answers of others. Reading the same body again leads to nothing. */
  async take({ name, seen, bytes }: Capture): Promise<FeedState> {
    const now = this.clock.now();
    // What the catalogue tells today is no news of the feed's.
    await announceUpTo(this.catalogue, this.store, now, this.announced);
    const sha256 = sha256Of(bytes);
    const parsed = await parsePmvCapture(bytes);
    const listsSha256 = parsed.ok ? sha256Of(listedIn(parsed.body)) : undefined;
    const released = new Map(this.catalogue.map((release) => [pmvKey(release), release.released]));
    const id = reactionId('feed', SOURCE, name, seen, sha256);
    const handled = await this.handle(
      SOURCE,
      { source: SOURCE, capture: name, sha256, seen, parsed, released, ...present({ listsSha256 }) },
      { cause: { correlationId: id, actor: 'service:releases', time: now, idOf: (index) => reactionId(id, index) } },
    );
    for (const event of handled.kind === 'accepted' ? handled.events : [])
      if (event.type === 'FeedRefused') {
        const { capture, reason, detail } = event;
        this.log.warn({ capture, reason, pointer: detail, sha256 }, 'a body of Apple’s feed was refused');
      }
    await this.guard.runOnce();
    return feedStateOf(this.store);
  }
}

const sha256Of = (of: Uint8Array | string): string => createHash('sha256').update(of).digest('hex');

/** What the feed's stream says. */
export const feedStateOf = async (store: EventStore<ReleasesEvent>): Promise<FeedState> =>
  (await store.load(`feed-${SOURCE}`, feed)).state;
