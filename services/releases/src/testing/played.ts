import { releases as context, type ReleasesEvent } from '@managed-os/contracts';
import { MemoryEventStore } from '@managed-os/event-store/testing';
import { type Instant, instant, reactionId } from '@managed-os/kernel';
import { ManualClock } from '@managed-os/kernel/testing';
import { releasesIn } from '../announcing/releases.js';
import type { ReleaseAnnounced } from '../catalogue/catalogue.js';
import { FeedReader } from '../feed/feed-reader.js';
import { alert } from '../guard/alerts.js';
import { Guard } from '../guard/guard.js';
import type { ProposalInput } from '../proposals/proposals.decider.js';
import { proposalsIn } from '../proposals/proposals.js';
import { bodyText, bytesOf, type Lists } from './feed-bodies.js';

export const at = (text: string): Instant => instant(Date.parse(text));

export const SETTINGS = {
  answerMillis: 600_000,
  threshold: { percent: 10, macs: 25 },
  revision: 'test',
};

/** A line of what was logged. */
export interface Logged {
  readonly facts: object;
  readonly message: string;
}

/** The feed's parts on a store in memory, moved by hand. */
export const play = (now: string, catalogue: readonly ReleaseAnnounced[] = []) => {
  const store = new MemoryEventStore<ReleasesEvent>({ context });
  const clock = new ManualClock(at(now));
  const logged: Logged[] = [];
  const log = {
    warn: (facts: object, message: string): void => void logged.push({ facts, message }),
  };
  const handle = proposalsIn(store);
  const guardOn = (): Guard => new Guard(store, clock, SETTINGS, log);
  const guard = guardOn();
  const never = { name: 'files', next: () => Promise.resolve(undefined) } as const;
  const readerOn = (by: Guard): FeedReader => new FeedReader(never, store, catalogue, by, clock, log);
  const events = async (): Promise<readonly ReleasesEvent[]> =>
    (await store.readLog(0n, 100_000)).map(({ envelope }) => envelope.data as ReleasesEvent);
  let decided = 0;
  return {
    ...{ store, clock, guard, guardOn, logged, events },
    /** Reads a body as of the clock's instant. */
    async read(lists: Lists | string, name = `${clock.now()}.json`, by = guard): Promise<void> {
      const bytes = bytesOf(typeof lists === 'string' ? lists : bodyText(lists));
      await readerOn(by).take({ name, seen: clock.now(), bytes });
    },
    takeBytes: (name: string, seen: Instant, bytes: Uint8Array) => readerOn(guard).take({ name, seen, bytes }),
    async decide(proposalId: string, input: ProposalInput): Promise<void> {
      await this.decideOnly(proposalId, input);
      await guard.runOnce();
    },
    /** Decides, and leaves what comes of it. */
    async decideOnly(proposalId: string, input: ProposalInput): Promise<void> {
      decided += 1;
      const id = reactionId('test', decided);
      const cause = { correlationId: id, actor: 'test', time: clock.now(), idOf: (n: number) => reactionId(id, n) };
      alert(await handle(proposalId, input, { cause }), log);
    },
    /** As whoever knows the Macs would. */
    assess(proposalId: string, flipped: number, macs = 1_000): Promise<void> {
      return this.decide(proposalId, { type: 'Assessed', macs, flipped, threshold: SETTINGS.threshold });
    },
    async announce(...builds: readonly ReleaseAnnounced[]): Promise<void> {
      const release = releasesIn(store);
      for (const build of builds) {
        const id = reactionId('announce', build.version, build.build);
        const cause = { correlationId: id, actor: 'test', time: clock.now(), idOf: (n: number) => reactionId(id, n) };
        await release(build.version, { type: 'Announce', release: build }, { cause });
      }
    },
    /** What was said since, without the feed's own events. */
    async linesAfter(before: number): Promise<readonly string[]> {
      return (await events()).slice(before).flatMap(lineOf);
    },
    async proposalIds(): Promise<readonly string[]> {
      return (await events()).flatMap((event) => (event.type === 'ReleaseProposed' ? [event.proposalId] : []));
    },
  };
};

export type Played = ReturnType<typeof play>;

const lineOf = (event: ReleasesEvent): readonly string[] => {
  switch (event.type) {
    case 'FeedChanged':
      return [];
    case 'FeedRefused':
      return [`FeedRefused ${event.reason}`];
    case 'ReleaseProposed':
      return [`ReleaseProposed ${event.change?.change} ${event.change?.version}`];
    case 'ProposalAccepted':
      return [`ProposalAccepted ${event.change?.change} ${event.change?.version} ${event.because}`];
    case 'ProposalQuarantined':
      return [`ProposalQuarantined ${event.change?.change} ${event.change?.version} ${event.reasons.join()}`];
    case 'ProposalRejected':
    case 'ProposalWithdrawn':
      return [`${event.type} ${event.change?.change} ${event.change?.version}`];
    case 'ReleaseDevicesChanged':
      return [`${event.type} ${event.version} +${event.added.join()} -${event.removed.join()}`];
    default:
      return [`${event.type} ${event.version}`];
  }
};

export const announcement = (
  version: string,
  build: string,
  fields: Partial<ReleaseAnnounced> = {},
): ReleaseAnnounced => ({
  ...{ type: 'ReleaseAnnounced', version, build, os: version.split('.')[0] ?? '', kind: 'minor' },
  ...{ released: '2026-09-01', firstSeen: '2026-09-01T17:00:00.000Z' },
  ...{ supportedDevices: ['A', 'B'], allDevices: false, installer: true, comboPackage: false },
  ...fields,
});
