import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DATABASE, Parse, Problem, RequestContext, Role } from '@managed-os/service-host';
import type { Kysely, Selectable } from 'kysely';
import { HANDLE_PROPOSAL } from '../tokens.js';
import type { ProposalInput, ProposalRejection } from './proposals.decider.js';
import type { ProposalsTables } from './proposals.projection.js';
import type { HandleProposal } from './proposals.js';
import { ProposalAnswer, ProposalParams, QuarantineAnswer, RejectBody } from './quarantine.bodies.js';

/** Changes of Apple's feed that count only once a person says so (X14). */
@ApiTags('releases')
@ApiBearerAuth()
@Controller('api/releases/quarantine')
export class QuarantineController {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<ProposalsTables>,
    @Inject(HANDLE_PROPOSAL) private readonly handle: HandleProposal,
  ) {}

  /** What waits for a person, the oldest first. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: QuarantineAnswer })
  async list(): Promise<QuarantineAnswer> {
    const rows = await this.db
      .selectFrom('proposals')
      .selectAll()
      .where('state', '=', 'quarantined')
      .orderBy('seen')
      .orderBy('proposal_id')
      .execute();
    return { items: rows.map(answerOf) };
  }

  /** Lets the change count; what it does follows at once. */
  @Post(':proposalId/approve')
  @Role('admin')
  @HttpCode(200)
  @ApiOkResponse({ type: ProposalAnswer })
  approve(
    @Param(new Parse(ProposalParams)) { proposalId }: ProposalParams,
    @RequestContext() context: RequestContext,
  ): Promise<ProposalAnswer> {
    return this.decide(proposalId, { type: 'Approve' }, 'accepted', context);
  }

  /** The change never counts, and is not proposed again. */
  @Post(':proposalId/reject')
  @Role('admin')
  @HttpCode(200)
  @ApiBody({ type: RejectBody })
  @ApiOkResponse({ type: ProposalAnswer })
  reject(
    @Param(new Parse(ProposalParams)) { proposalId }: ProposalParams,
    @Body(new Parse(RejectBody)) { reason }: RejectBody,
    @RequestContext() context: RequestContext,
  ): Promise<ProposalAnswer> {
    return this.decide(proposalId, { type: 'Reject', reason }, 'rejected', context);
  }

  private async decide(
    proposalId: string,
    input: ProposalInput,
    state: string,
    context: RequestContext,
  ): Promise<ProposalAnswer> {
    const handled = await this.handle(proposalId, input, context);
    if (handled.kind === 'rejected') throw problems[handled.reason]();
    const row = await this.db
      .selectFrom('proposals')
      .selectAll()
      .where('proposal_id', '=', proposalId)
      .executeTakeFirst();
    // The read model may be a moment behind the decision.
    if (!row) throw problems['no-such-proposal']();
    return { ...answerOf(row), state };
  }
}

const answerOf = (row: Selectable<ProposalsTables['proposals']>): ProposalAnswer => ({
  proposalId: row.proposal_id,
  ...{ state: row.state, change: row.change, seen: row.seen, reasons: row.reasons, macs: row.macs },
});

const problems: Record<ProposalRejection, () => Problem> = {
  'no-such-proposal': () => new Problem(404, 'no-such-proposal', 'No change of the feed has this id.'),
  'not-in-quarantine': () =>
    new Problem(
      409,
      'not-in-quarantine',
      'What it would do to the Macs is being counted: look again in a few minutes.',
    ),
  'already-decided': () => new Problem(409, 'already-decided', 'It was decided, or the feed itself took it back.'),
};
