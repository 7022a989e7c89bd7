import type { Fact, ReleasesEvent } from '@managed-os/contracts';
import { accept, type Decider, type Instant, present, reject } from '@managed-os/kernel';
import type { FeedChange } from '../announcing/release.decider.js';

/** From how many Macs on a change needs a person: more than the share of all, and more than the number. */
export interface Threshold {
  readonly percent: number;
  readonly macs: number;
}

export type ProposalInput =
  | {
      readonly type: 'Propose';
      readonly proposalId: string;
      readonly change: FeedChange;
      readonly seen: Instant;
      /** What is wrong with it by itself. */
      readonly suspicions: readonly string[];
      /** What Apple does every day and no Mac's obligation rests on. */
      readonly routine: boolean;
      readonly answerBy: Instant;
    }
  | { readonly type: 'Assessed'; readonly macs: number; readonly flipped: number; readonly threshold: Threshold }
  | { readonly type: 'AnswerDue'; readonly now: Instant }
  | { readonly type: 'FeedWentBack'; readonly seen: Instant }
  | { readonly type: 'Approve' }
  | { readonly type: 'Reject'; readonly reason: string };

export const PROPOSAL_REJECTIONS = ['no-such-proposal', 'not-in-quarantine', 'already-decided'] as const;
export type ProposalRejection = (typeof PROPOSAL_REJECTIONS)[number];

interface Proposal {
  readonly proposalId: string;
  readonly change: FeedChange;
  readonly seen: string;
}

export type ProposalState =
  | { readonly is: 'absent' }
  | { readonly is: 'waiting'; readonly proposal: Proposal; readonly answerBy: string }
  | { readonly is: 'quarantined'; readonly proposal: Proposal; readonly macs: number | undefined }
  | { readonly is: 'accepted' | 'rejected' | 'withdrawn' };

/** A change of Apple's feed counts when nobody is hurt by it, or a person says so (X14). */
export const proposals: Decider<ProposalInput, ReleasesEvent, ProposalState, ProposalRejection> = {
  initial: { is: 'absent' },

  decide(input, state) {
    switch (input.type) {
      case 'Propose':
        return state.is === 'absent' ? accept(...proposed(input)) : accept();
      case 'Assessed': {
        if (state.is !== 'waiting') return accept();
        const { macs, flipped, threshold } = input;
        if (isLarge(macs, flipped, threshold)) return accept(quarantined(state.proposal, 'large_impact', flipped));
        return accept(accepted(state.proposal, 'small_impact', flipped));
      }
      case 'AnswerDue':
        if (state.is !== 'waiting' || input.now < state.answerBy) return accept();
        return accept(quarantined(state.proposal, 'no_answer'));
      case 'FeedWentBack': {
        if (state.is !== 'waiting' && state.is !== 'quarantined') return accept();
        const { proposalId, change } = state.proposal;
        return accept({ type: 'ProposalWithdrawn', proposalId, change, seen: input.seen });
      }
      case 'Approve':
        if (state.is === 'accepted') return accept();
        if (state.is === 'quarantined') return accept(accepted(state.proposal, 'approved', state.macs));
        return reject(refusalOf(state));
      case 'Reject': {
        if (state.is === 'rejected') return accept();
        if (state.is !== 'quarantined') return reject(refusalOf(state));
        const { proposalId, change } = state.proposal;
        return accept({ type: 'ProposalRejected', proposalId, change, reason: input.reason });
      }
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'ReleaseProposed': {
        const { proposalId, change, seen, answerBy } = event;
        return change ? { is: 'waiting', proposal: { proposalId, change, seen }, answerBy } : state;
      }
      case 'ProposalQuarantined':
        return state.is === 'waiting' ? { is: 'quarantined', proposal: state.proposal, macs: event.macs } : state;
      case 'ProposalAccepted':
        return { is: 'accepted' };
      case 'ProposalRejected':
        return { is: 'rejected' };
      case 'ProposalWithdrawn':
        return { is: 'withdrawn' };
      default:
        return state;
    }
  },
};

const proposed = (input: Extract<ProposalInput, { type: 'Propose' }>): readonly ReleasesEvent[] => {
  const { proposalId, change, seen, suspicions, answerBy } = input;
  const proposal = { proposalId, change, seen };
  if (input.routine) return [accepted(proposal, 'routine')];
  const event = { type: 'ReleaseProposed', ...proposal, suspicions, answerBy } as const;
  return suspicions.length === 0 ? [event] : [event, quarantined(proposal, suspicions)];
};

const accepted = (
  { proposalId, change, seen }: Proposal,
  because: string,
  macs?: number,
): Fact<'ProposalAccepted'> => ({
  ...{ type: 'ProposalAccepted', proposalId, change, seen, because },
  ...present({ macs }),
});

const quarantined = (
  { proposalId, change }: Proposal,
  reasons: string | readonly string[],
  macs?: number,
): Fact<'ProposalQuarantined'> => ({
  ...{ type: 'ProposalQuarantined', proposalId, change, reasons: [reasons].flat() },
  ...present({ macs }),
});

/** Above the share or the number, whichever is more. */
const isLarge = (macs: number, flipped: number, threshold: Threshold): boolean =>
  flipped > Math.max((macs * threshold.percent) / 100, threshold.macs);

const refusalOf = ({ is }: ProposalState): ProposalRejection =>
  is === 'absent' ? 'no-such-proposal' : is === 'waiting' ? 'not-in-quarantine' : 'already-decided';
