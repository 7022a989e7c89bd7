import { describe, it } from '@jest/globals';
import type { Fact, ReleasesEvent } from '@managed-os/contracts';
import { type Instant, instant } from '@managed-os/kernel';
import { specify } from '@managed-os/kernel/testing';
import type { FeedChange } from '../announcing/release.decider.js';
import { type ProposalInput, proposals } from './proposals.decider.js';

const given = specify(proposals);
const at = (text: string): Instant => instant(Date.parse(text));
const proposalId = '6d1b6c1e-9a0f-5c3e-8b1d-2f3a4b5c6d7e';
const seen = at('2026-09-12T18:00Z');
const answerBy = at('2026-09-12T18:10Z');

const change: FeedChange = {
  ...{ change: 'release_added', version: '26.3', build: '25D125', os: '26', kind: 'minor', released: '2026-09-12' },
  ...{ supportedDevices: ['A', 'B'], devices: [], installer: false, comboPackage: false },
};
const propose = (fields: { suspicions?: readonly string[]; routine?: boolean } = {}): ProposalInput => ({
  ...{ type: 'Propose', proposalId, change, seen, answerBy, suspicions: [], routine: false },
  ...fields,
});
const proposed = (...suspicions: string[]): Fact<'ReleaseProposed'> => ({
  ...{ type: 'ReleaseProposed', proposalId, change, seen, suspicions, answerBy },
});
const accepted = (because: string, macs?: number): ReleasesEvent => ({
  ...{ type: 'ProposalAccepted', proposalId, change, seen, because },
  ...(macs !== undefined && { macs }),
});
const quarantined = (reason: string, macs?: number): ReleasesEvent => ({
  ...{ type: 'ProposalQuarantined', proposalId, change, reasons: [reason] },
  ...(macs !== undefined && { macs }),
});
const rejected: ReleasesEvent = { type: 'ProposalRejected', proposalId, change, reason: 'a mistake' };
const withdrawn: ReleasesEvent = { type: 'ProposalWithdrawn', proposalId, change, seen: answerBy };
const assessed = (flipped: number, macs = 1_000): ProposalInput => ({
  ...{ type: 'Assessed', macs, flipped },
  threshold: { percent: 10, macs: 25 },
});
const answerDue = (now: Instant): ProposalInput => ({ type: 'AnswerDue', now });
const wentBack: ProposalInput = { type: 'FeedWentBack', seen: answerBy };
const approve: ProposalInput = { type: 'Approve' };
const reject: ProposalInput = { type: 'Reject', reason: 'a mistake' };

describe('a change of Apple’s feed (X14)', () => {
  it('X14 is proposed before it counts, once', () => {
    given().when(propose()).then(proposed());
    given(proposed()).when(propose()).thenNothing();
  });

  it.each(['vanished', 'moved_back', 'devices_removed'])('X14 is in quarantine at once when it is %s', (suspicion) =>
    given()
      .when(propose({ suspicions: [suspicion] }))
      .then(proposed(suspicion), quarantined(suspicion)),
  );

  it('counts at once, without a question, when it is routine', () => {
    given()
      .when(propose({ routine: true }))
      .then(accepted('routine'));
    given(accepted('routine'))
      .when(propose({ routine: true }))
      .thenNothing();
  });

  it.each([
    [1_000, 0, 'small'],
    [1_000, 100, 'small'],
    [1_000, 101, 'large'],
    [30, 25, 'small'],
    [30, 26, 'large'],
    [0, 0, 'small'],
    [255, 26, 'large'],
    [260, 26, 'small'],
  ])('X14 of %i Macs %i flip: that is %s', (macs, flipped, size) =>
    given(proposed())
      .when(assessed(flipped, macs))
      .then(size === 'small' ? accepted('small_impact', flipped) : quarantined('large_impact', flipped)),
  );

  it('X14 without an answer in time it is in quarantine, not before', () => {
    given(proposed())
      .when(answerDue(at('2026-09-12T18:09:59.999Z')))
      .thenNothing();
    given(proposed()).when(answerDue(answerBy)).then(quarantined('no_answer'));
    given(proposed(), quarantined('no_answer')).when(answerDue(answerBy)).thenNothing();
  });

  it('X14 an answer that comes too late changes nothing', () => {
    given(proposed(), quarantined('no_answer')).when(assessed(0)).thenNothing();
    given(proposed(), accepted('small_impact', 0)).when(assessed(999)).thenNothing();
    given().when(assessed(0)).thenNothing();
  });

  it('X14 counts when a person approves it, and never when one rejects it', () => {
    given(proposed(), quarantined('large_impact', 412)).when(approve).then(accepted('approved', 412));
    given(proposed(), quarantined('no_answer')).when(approve).then(accepted('approved'));
    given(proposed(), quarantined('no_answer')).when(reject).then(rejected);
  });

  it('is decided once; the same decision again is no mistake', () => {
    const history = [proposed(), quarantined('no_answer')];
    given(...history, accepted('approved'))
      .when(approve)
      .thenNothing();
    given(...history, rejected)
      .when(reject)
      .thenNothing();
    given(...history, accepted('approved'))
      .when(reject)
      .thenRejected('already-decided');
    given(...history, rejected)
      .when(approve)
      .thenRejected('already-decided');
    given(...history, withdrawn)
      .when(approve)
      .thenRejected('already-decided');
    given(...history, withdrawn)
      .when(reject)
      .thenRejected('already-decided');
  });

  it.each([approve, reject])('cannot be decided before it is in quarantine', (input) => {
    given().when(input).thenRejected('no-such-proposal');
    given(proposed()).when(input).thenRejected('not-in-quarantine');
  });

  it('X14 ends when the feed itself goes back', () => {
    given(proposed()).when(wentBack).then(withdrawn);
    given(proposed(), quarantined('no_answer')).when(wentBack).then(withdrawn);
    given(proposed(), withdrawn).when(wentBack).thenNothing();
    given(proposed(), accepted('small_impact', 0)).when(wentBack).thenNothing();
    given().when(wentBack).thenNothing();
  });
});
