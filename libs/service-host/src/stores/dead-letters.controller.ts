import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type DeadLetter,
  type Ending,
  endedWell,
  type JetStreamStrategy,
  type Operations,
  type Parking,
  type Redelivered,
} from '@managed-os/event-bus';
import type { PgEventStore } from '@managed-os/event-store';
import { Role } from '../access.js';
import { Parse } from '../parse.js';
import { Problem } from '../problem.js';
import { RequestContext } from '../request-context.js';
import type { ServiceDefinition } from '../service-definition.js';
import { EVENT_STORE } from '../tokens.js';
import { asked } from './audit.js';
import {
  DiscardedAnswer,
  LetterListAnswer,
  LetterParams,
  LettersQuery,
  RedeliverBody,
  RedeliveredAnswer,
  WholeLetterAnswer,
} from './dead-letters.bodies.js';
import { discardedAnswer, letterAnswer, redeliveredAnswer, wholeLetter } from './letter-answers.js';
import { pageOf } from './paging.js';
import { ReasonBody } from './reason.body.js';
import { OPERATIONS, OWNER, STOPPING, STRATEGY } from './tokens.js';

const IN_HAND = 'Somebody decides about the letters of this token at this moment.';

@ApiTags('dead-letters')
@ApiBearerAuth()
@Controller('dead-letters')
export class DeadLettersController {
  constructor(
    @Inject(OWNER) private readonly owner: Pick<ServiceDefinition, 'name'>,
    @Inject(STRATEGY) private readonly strategy: Pick<JetStreamStrategy, 'letters' | 'redeliver'>,
    @Inject(EVENT_STORE) private readonly store: Pick<PgEventStore<never>, 'lease'>,
    @Inject(OPERATIONS) private readonly operations: Operations,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /** Messages that were not handled, in the order in which they were stored; within a Mac that is their own. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: LetterListAnswer })
  async list(
    @Query(new Parse(LettersQuery)) { which, device, stream, after, limit }: LettersQuery,
  ): Promise<LetterListAnswer> {
    const letters = await this.strategy.letters.list({
      which,
      ...(device !== undefined && { token: device }),
      ...(stream !== undefined && { stream }),
      after: BigInt(after),
      limit: limit + 1,
    });
    return pageOf(letters.map(letterAnswer), limit, ({ letterId }) => letterId);
  }

  /** One letter with its event, or with what came instead. */
  @Get(':letterId')
  @Role('viewer')
  @ApiOkResponse({ type: WholeLetterAnswer })
  @ApiNotFoundResponse()
  async show(@Param(new Parse(LetterParams)) { letterId }: LetterParams): Promise<WholeLetterAnswer> {
    const letter = await this.find(letterId);
    return wholeLetter(letter, await this.strategy.letters.waiting(letter, letter.letterId));
  }

  /** Hands all letters of a token to their handlers, in order, until one fails again or none is left. */
  @Post('redeliver')
  @Role('operator')
  @HttpCode(200)
  @ApiBody({ type: RedeliverBody })
  @ApiOkResponse({ type: RedeliveredAnswer })
  @ApiConflictResponse({ description: IN_HAND })
  redeliver(
    @Body(new Parse(RedeliverBody)) parking: RedeliverBody,
    @RequestContext() context: RequestContext,
  ): Promise<RedeliveredAnswer> {
    return this.redeliverAll(parking, context);
  }

  /** The same for the token of this letter: a letter is not handled before those that came before it. */
  @Post(':letterId/redeliver')
  @Role('operator')
  @HttpCode(200)
  @ApiOkResponse({ type: RedeliveredAnswer })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: IN_HAND })
  async redeliverLetter(
    @Param(new Parse(LetterParams)) { letterId }: LetterParams,
    @RequestContext() context: RequestContext,
  ): Promise<RedeliveredAnswer> {
    const { stream, token } = await this.find(letterId);
    return this.redeliverAll({ stream, token }, context);
  }

  /** Decides that this message, and none but this, is never handled. */
  @Post(':letterId/discard')
  @Role('operator')
  @HttpCode(200)
  @ApiBody({ type: ReasonBody })
  @ApiOkResponse({ type: DiscardedAnswer })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: `${IN_HAND} Or it was redelivered before.` })
  async discard(
    @Param(new Parse(LetterParams)) { letterId }: LetterParams,
    @Body(new Parse(ReasonBody)) { reason }: ReasonBody,
    @RequestContext() context: RequestContext,
  ): Promise<DiscardedAnswer> {
    const found = await this.find(letterId);
    const operation = asked('discard', `dead-letters/${letterId}`, context, reason);
    const discarded = await this.alone(found, () =>
      this.strategy.letters.discard(found.letterId, operation.askedBy, reason, async (tx, letter, left) =>
        this.operations.end(
          await this.operations.begin(operation, tx),
          endedWell(`${letter.type ?? letter.subject} of ${letter.token}; ${left} of its letters wait`),
          tx,
        ),
      ),
    );
    if (discarded.kind === 'no-such-letter') throw noSuchLetter();
    if (discarded.letter.settled?.outcome === 'redelivered')
      throw new Problem(409, 'letter-redelivered', 'This letter was redelivered before: its message is handled.');
    return discardedAnswer(discarded);
  }

  private async redeliverAll({ stream, token }: Parking, context: RequestContext): Promise<RedeliveredAnswer> {
    const operation = asked('redeliver', `dead-letters/${stream}/${token}`, context);
    return this.alone({ stream, token }, (lost) =>
      this.operations
        .run(
          operation,
          () => this.strategy.redeliver({ stream, token }, operation.askedBy, AbortSignal.any([lost, this.stopping])),
          endingOf,
        )
        .then(redeliveredAnswer),
    );
  }

  /** Of all replicas one decides about the letters of a token at a time. */
  private async alone<T>({ stream, token }: Parking, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const lease = await this.store.lease(`dead letters ${this.owner.name} ${stream} ${token}`);
    if (!lease) throw new Problem(409, 'letters-in-hand', `${IN_HAND} Look again when that has ended.`);
    try {
      return await work(lease.lost);
    } finally {
      await lease.release();
    }
  }

  private async find(letterId: string): Promise<DeadLetter> {
    const letter = await this.strategy.letters.show(BigInt(letterId));
    if (!letter) throw noSuchLetter();
    return letter;
  }
}

const noSuchLetter = (): Problem => new Problem(404, 'no-such-letter', 'There is no dead letter of this number.');

const endingOf = ({ count, left, stoppedAt }: Redelivered): Ending => {
  if (stoppedAt)
    return {
      outcome: 'failed',
      detail: `${count} redelivered, ${left} wait; letter ${stoppedAt.letterId} failed again: ${stoppedAt.detail}`,
    };
  return left === 0
    ? endedWell(`${count} redelivered`)
    : { outcome: 'failed', detail: `broken off: ${count} redelivered, ${left} wait` };
};
