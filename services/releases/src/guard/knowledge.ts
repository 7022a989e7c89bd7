import { pmvKey } from '@managed-os/apple-mdm';
import type { Envelope, Fact, ReleasesEvent } from '@managed-os/contracts';
import { type Instant, without } from '@managed-os/kernel';
import type { FeedChange } from '../announcing/release.decider.js';
import { feed, type FeedState } from '../feed/feed.decider.js';
import { type Deviation, deviationsOf, type KnownBuild, type KnownBuilds } from './deviations.js';
import { lasting, type Rejections, unanswered, withRejection } from './rejections.js';

export interface KnownProposal {
  readonly proposalId: string;
  readonly change: FeedChange;
  readonly seen: Instant;
  readonly stage: 'waiting' | 'quarantined' | 'accepted' | 'rejected' | 'withdrawn';
  readonly answerBy: Instant | undefined;
  /** What was said of it last, which is the cause of what follows. */
  readonly last: Pick<Envelope, 'id' | 'correlationId'>;
}

/** The service's own log as far as it was read: what counts, what the feed says, and what is to be decided. */
export class Knowledge {
  private readonly known = new Map<string, KnownBuild>();
  private readonly said = new Map<string, KnownProposal>();
  private says: FeedState = feed.initial;
  private lists: Envelope | undefined;
  private rejections: Rejections = new Map();

  get builds(): KnownBuilds {
    return this.known;
  }

  get proposals(): ReadonlyMap<string, KnownProposal> {
    return this.said;
  }

  get feed(): FeedState {
    return this.says;
  }

  /** The event that told of the feed's lists as they are now. */
  get feedEvent(): Envelope | undefined {
    return this.lists;
  }

  /** Where the feed says something else than what counts, and nobody has said no. */
  deviations(): readonly Deviation[] {
    return unanswered(this.shown(), this.rejections);
  }

  /** Whether a build counts as public, as far as the feed ever showed it: it has not been said that it left. */
  isPublic(build: Pick<FeedChange, 'version' | 'build'>): boolean {
    const key = pmvKey(build);
    return (this.says.pmv.builds.get(key)?.wasPublic ?? false) && this.known.get(key)?.left === undefined;
  }

  private shown(): readonly Deviation[] {
    return deviationsOf(this.known, this.says.pmv, this.says.seen.slice(0, 10));
  }

  take(envelope: Envelope): void {
    const event = envelope.data as ReleasesEvent;
    switch (event.type) {
      case 'ReleaseAnnounced':
        return this.announce(event);
      case 'ReleaseDevicesChanged':
        return this.change(event, (build) => ({ ...build, devices: event.supportedDevices }));
      case 'ReleaseLeftPublic':
        return this.change(event, (build) => ({ ...build, left: 'public' }));
      case 'ReleaseLeftAll':
        return this.change(event, (build) => ({ ...build, left: 'all' }));
      case 'ReleaseReturned':
        return this.change(event, (build) => ({
          ...without(build, 'left'),
          ...(event.to === 'all' && { left: 'public' as const }),
        }));
      case 'FeedChanged':
        this.says = feed.evolve(this.says, event);
        this.lists = envelope;
        return this.endRejections();
      case 'FeedRefused':
        this.says = feed.evolve(this.says, event);
        return;
      case 'ReleaseProposed':
        return this.propose(event, envelope, 'waiting', event.seen, event.answerBy);
      case 'ProposalQuarantined':
        return this.propose(event, envelope, 'quarantined');
      case 'ProposalAccepted':
        return this.propose(event, envelope, 'accepted', event.seen);
      case 'ProposalRejected':
        this.propose(event, envelope, 'rejected');
        if (event.change) this.rejections = withRejection(this.rejections, event.change);
        return this.endRejections();
      case 'ProposalWithdrawn':
        return this.propose(event, envelope, 'withdrawn');
      case 'ExploitedVulnerabilitiesListed':
        return;
    }
  }

  private announce(event: Fact<'ReleaseAnnounced'>): void {
    const before = this.known.get(pmvKey(event));
    const { version, build, os, kind, released, allDevices, supportedDevices } = event;
    const first = { version, build, os, kind, released, ...(!allDevices && { devices: supportedDevices }) };
    const known = before ? { ...before, released: released < before.released ? released : before.released } : first;
    this.known.set(pmvKey(event), known);
  }

  private change(
    of: { readonly version: string; readonly build: string },
    to: (build: KnownBuild) => KnownBuild,
  ): void {
    const build = this.known.get(pmvKey(of));
    if (build) this.known.set(pmvKey(of), to(build));
  }

  private endRejections(): void {
    if (this.rejections.size > 0) this.rejections = lasting(this.rejections, this.shown());
  }

  private propose(
    { proposalId, change }: { readonly proposalId: string; readonly change?: FeedChange | undefined },
    { id, correlationId, time }: Envelope,
    stage: KnownProposal['stage'],
    seen?: string,
    answerBy?: string,
  ): void {
    const before = this.said.get(proposalId);
    if (!change) return;
    this.said.set(proposalId, {
      ...{ proposalId, change, stage, last: { id, correlationId } },
      seen: (seen as Instant | undefined) ?? before?.seen ?? time,
      answerBy: (answerBy as Instant | undefined) ?? before?.answerBy,
    });
  }
}
