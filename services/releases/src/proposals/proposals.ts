import type { ReleasesEvent } from '@managed-os/contracts';
import { type EventStore, type HandleContext, type Handled, handler } from '@managed-os/event-store';
import { type ProposalInput, type ProposalRejection, proposals } from './proposals.decider.js';

/** Decides about one proposal. */
export type HandleProposal = (
  proposalId: string,
  input: ProposalInput,
  context: HandleContext,
) => Promise<Handled<ReleasesEvent, ProposalRejection>>;

export const proposalsIn = (store: EventStore<ReleasesEvent>): HandleProposal => handler(store, 'proposal', proposals);
