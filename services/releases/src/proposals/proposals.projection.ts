import type { ReleasesEvent } from '@managed-os/contracts';
import { defineProjection } from '@managed-os/event-store';
import type { JSONColumnType, Kysely } from 'kysely';
import type { FeedChange } from '../announcing/release.decider.js';

/** The consumer in whose inbox the assessments are. */
export const ASSESSMENTS_CONSUMER = 'releases';

export interface ProposalsTables {
  readonly proposals: {
    readonly proposal_id: string;
    readonly state: string;
    readonly change: JSONColumnType<FeedChange>;
    readonly seen: string;
    readonly reasons: JSONColumnType<readonly string[]>;
    /** That it touches; null while nobody counted. */
    readonly macs: number | null;
  };
}

const settle = (tx: Kysely<ProposalsTables>, proposalId: string, state: string) =>
  tx.updateTable('proposals').set({ state }).where('proposal_id', '=', proposalId);

/** What people decide about, and what became of it; routine changes were never a question and have no row. */
export const proposalsProjection = defineProjection<ReleasesEvent, ProposalsTables>()({
  name: 'proposals',
  version: 1,
  tables: ['proposals'],
  handlers: {
    ReleaseProposed: ({ proposalId, change, seen, suspicions }, tx) =>
      change &&
      tx.insertInto('proposals').values({
        ...{ proposal_id: proposalId, state: 'waiting', seen, macs: null },
        change: JSON.stringify(change),
        reasons: JSON.stringify(suspicions),
      }),
    ProposalQuarantined: ({ proposalId, reasons }, tx) =>
      tx
        .updateTable('proposals')
        .set({ state: 'quarantined', reasons: JSON.stringify(reasons) })
        .where('proposal_id', '=', proposalId),
    ProposalAccepted: ({ proposalId }, tx) => settle(tx, proposalId, 'accepted'),
    ProposalRejected: ({ proposalId }, tx) => settle(tx, proposalId, 'rejected'),
    ProposalWithdrawn: ({ proposalId }, tx) => settle(tx, proposalId, 'withdrawn'),
    ReleaseAnnounced: 'ignored',
    ReleaseDevicesChanged: 'ignored',
    ReleaseLeftPublic: 'ignored',
    ReleaseLeftAll: 'ignored',
    ReleaseReturned: 'ignored',
    FeedRefused: 'ignored',
    FeedChanged: 'ignored',
    ExploitedVulnerabilitiesListed: 'ignored',
  },
  inbox: {
    consumer: ASSESSMENTS_CONSUMER,
    handlers: {
      // Also of a proposal that is in quarantine already: it helps to decide.
      ProposalAssessed: ({ proposalId, flipped }, tx) =>
        tx.updateTable('proposals').set({ macs: flipped }).where('proposal_id', '=', proposalId),
    },
  },
});
