import type { ReleasesEvent } from '@managed-os/contracts';
import { type Cause, type EventStore, type Handled, handler } from '@managed-os/event-store';
import { addMillis, type Clock, earliest, type Instant, reactionId } from '@managed-os/kernel';
import { type HandleRelease, releasesIn } from '../announcing/releases.js';
import { type ProposalInput, proposals } from '../proposals/proposals.decider.js';
import { alert, type AlertLog } from './alerts.js';
import { deviationKey } from './deviations.js';
import { Knowledge, type KnownProposal } from './knowledge.js';
import type { GuardSettings } from './settings.js';

const CONSUMER = 'guard';
const PAGE = 1_000;

/**
 * Makes a proposal of each deviation of the feed, ends those that are none any more, and carries out what was accepted (X14).
 * It follows the service's own log, and all ids are derived from what is there: it may run anywhere, twice, and be killed
 * anywhere.
 */
export class Guard {
  private readonly knowledge = new Knowledge();
  private readonly carriedOut = new Set<string>();
  private readonly propose;
  private readonly release: HandleRelease;
  private position = 0n;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: EventStore<ReleasesEvent>,
    private readonly clock: Pick<Clock, 'now' | 'sleepUntil'>,
    private readonly settings: GuardSettings,
    private readonly log: AlertLog,
  ) {
    this.propose = handler(store, 'proposal', proposals);
    this.release = releasesIn(store);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const over = new AbortController();
      const pause = AbortSignal.any([signal, over.signal]);
      try {
        // Asked before looking: what is appended in between is not missed.
        const told = this.store.changed(pause);
        const dueAt = await this.runOnce();
        await Promise.race([told, ...(dueAt ? [this.clock.sleepUntil(dueAt, pause)] : [])]);
      } finally {
        over.abort();
      }
    }
  }

  /** Does all that there is to do now, one caller after the other; answers when there will be more without a new event. */
  runOnce(): Promise<Instant | undefined> {
    const round = this.turn.then(() => this.rounds());
    this.turn = round.catch(() => undefined);
    return round;
  }

  private async rounds(): Promise<Instant | undefined> {
    for (;;) {
      await this.catchUp();
      const now = this.clock.now();
      const events = [
        await this.carryOut(now),
        await this.endOverdue(now),
        await this.endRevoked(now),
        await this.proposeNew(now),
      ];
      if (events.every((count) => count === 0)) break;
    }
    const due = this.open().flatMap(({ stage, answerBy }) => (stage === 'waiting' && answerBy ? [answerBy] : []));
    const [first, ...rest] = due;
    return first && earliest(first, ...rest);
  }

  private async catchUp(): Promise<void> {
    for (;;) {
      const page = await this.store.readLog(this.position, PAGE);
      for (const { envelope, position } of page) {
        this.knowledge.take(envelope);
        this.position = position;
      }
      if (page.length < PAGE) return;
    }
  }

  private open(): readonly KnownProposal[] {
    return [...this.knowledge.proposals.values()].filter(({ stage }) => stage === 'waiting' || stage === 'quarantined');
  }

  /** Answers how many were tried: of one that another replica carried out there are events that were not read yet. */
  private async carryOut(now: Instant): Promise<number> {
    let tried = 0;
    for (const { proposalId, change, seen, stage, last } of [...this.knowledge.proposals.values()]) {
      if (stage !== 'accepted' || this.carriedOut.has(proposalId)) continue;
      const messageId = reactionId(CONSUMER, proposalId);
      await this.release(
        change.version,
        { type: 'Apply', change, seen, isPublic: this.knowledge.isPublic(change) },
        {
          cause: causeOf(last, now, (index) => reactionId(messageId, index)),
          once: { consumer: CONSUMER, messageId },
        },
      );
      this.carriedOut.add(proposalId);
      tried += 1;
      // What was carried out counts before anything is compared with it again.
      await this.catchUp();
    }
    return tried;
  }

  private async endOverdue(now: Instant): Promise<number> {
    let events = 0;
    for (const proposal of this.open())
      if (proposal.stage === 'waiting' && proposal.answerBy && proposal.answerBy <= now)
        events += await this.decide(proposal.proposalId, proposal.last, { type: 'AnswerDue', now }, now);
    return events;
  }

  private async endRevoked(now: Instant): Promise<number> {
    const { feedEvent, feed } = this.knowledge;
    if (!feedEvent) return 0;
    // What became routine meanwhile is not asked of a person any more, and is proposed anew.
    const still = new Set(
      this.knowledge.deviations().flatMap(({ change, routine }) => (routine ? [] : [deviationKey(change)])),
    );
    let events = 0;
    for (const { proposalId, change } of this.open()) {
      if (still.has(deviationKey(change))) continue;
      const input = { type: 'FeedWentBack', seen: feed.seen as Instant } as const;
      events += await this.decide(proposalId, feedEvent, input, now);
    }
    return events;
  }

  private async proposeNew(now: Instant): Promise<number> {
    const { feedEvent, feed } = this.knowledge;
    if (!feedEvent || !feed.taken) return 0;
    const isAsked = ({ stage, proposalId }: KnownProposal): boolean =>
      stage === 'waiting' || stage === 'quarantined' || (stage === 'accepted' && !this.carriedOut.has(proposalId));
    const proposed = [...this.knowledge.proposals.values()].filter(isAsked);
    const asked = new Set(proposed.map(({ change }) => deviationKey(change)));
    const seen = feed.taken.seen as Instant;
    let events = 0;
    for (const deviation of this.knowledge.deviations()) {
      const key = deviationKey(deviation.change);
      if (asked.has(key)) continue;
      const proposalId = reactionId('proposal', key, seen);
      const answerBy = addMillis(now, this.settings.answerMillis);
      const input = { type: 'Propose', proposalId, ...deviation, seen, answerBy } as const;
      events += await this.decide(proposalId, feedEvent, input, now);
    }
    return events;
  }

  private async decide(
    proposalId: string,
    cause: KnownProposal['last'],
    input: ProposalInput,
    now: Instant,
  ): Promise<number> {
    const idOf = (index: number): string => reactionId(CONSUMER, proposalId, input.type, index);
    const handled = await this.propose(proposalId, input, { cause: causeOf(cause, now, idOf) });
    alert(handled, this.log);
    return eventsOf(handled);
  }
}

const causeOf = (
  { id, correlationId }: KnownProposal['last'],
  time: Instant,
  idOf: (index: number) => string,
): Cause => ({ correlationId, causationId: id, actor: 'service:releases', time, idOf });

const eventsOf = (handled: Handled<ReleasesEvent, string>): number =>
  handled.kind === 'accepted' ? handled.events.length : 0;
