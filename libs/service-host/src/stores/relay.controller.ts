import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConflictResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  endedWell,
  type JetStreamStrategy,
  NothingToReseed,
  type Operations,
  type Relay,
  type Reseeded,
  ReseedUnderWay,
} from '@managed-os/event-bus';
import { Role } from '../access.js';
import { Parse } from '../parse.js';
import { Problem } from '../problem.js';
import { RequestContext } from '../request-context.js';
import { asked } from './audit.js';
import { ReasonBody } from './reason.body.js';
import { RelayAnswer, RereadAnswer, ReseededAnswer } from './relay.bodies.js';
import { OPERATIONS, RELAY, STRATEGY } from './tokens.js';

@ApiTags('relay')
@ApiBearerAuth()
@Controller('relay')
export class RelayController {
  constructor(
    @Inject(RELAY) private readonly relay: Pick<Relay, 'status' | 'reseed'>,
    @Inject(STRATEGY) private readonly strategy: Pick<JetStreamStrategy, 'reread'>,
    @Inject(OPERATIONS) private readonly operations: Operations,
  ) {}

  /** How far the events of the store are in their stream. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: RelayAnswer })
  async status(): Promise<RelayAnswer> {
    const { position, lastPosition, sequence, refusal, ...status } = await this.relay.status();
    return {
      ...status,
      position: String(position),
      lastPosition: String(lastPosition),
      sequence: String(sequence),
      refusal: refusal ?? null,
    };
  }

  /** Empties a stream that does not fit its store and publishes the store's events again. */
  @Post('reseed')
  @Role('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonBody })
  @ApiOkResponse({ type: ReseededAnswer })
  @ApiConflictResponse({ description: 'They fit, or somebody else does it at this moment.' })
  async reseed(
    @Body(new Parse(ReasonBody)) { reason }: ReasonBody,
    @RequestContext() context: RequestContext,
  ): Promise<ReseededAnswer> {
    const operation = asked('reseed', 'relay', context, reason);
    const reseeded = await this.operations
      .run(operation, () => this.relay.reseed(() => this.strategy.reread()), endingOf)
      .catch((error: unknown) => {
        throw error instanceof NothingToReseed || error instanceof ReseedUnderWay
          ? new Problem(409, error.code, `${error.message}.`)
          : error;
      });
    return { ...reseeded, after: String(reseeded.after), upTo: String(reseeded.upTo) };
  }

  /**
   * Has the service read again everything that the streams still hold: its database was restored, and it acknowledged
   * messages of which it knows nothing any more. Reseeding does the same; this is for when the stream still fits. Again:
   * the same once more; what is known has no effect.
   */
  @Post('reread')
  @Role('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonBody })
  @ApiOkResponse({ type: RereadAnswer })
  async reread(
    @Body(new Parse(ReasonBody)) { reason }: ReasonBody,
    @RequestContext() context: RequestContext,
  ): Promise<RereadAnswer> {
    const operation = asked('reread', 'relay', context, reason);
    const streams = await this.operations.run(
      operation,
      () => this.strategy.reread(),
      (read) => endedWell(`reads again ${read.join(', ')}`),
    );
    return { streams };
  }
}

const endingOf = ({ reason, after, upTo, removed, newEpoch, epoch }: Reseeded) => {
  const begins = newEpoch ? `; epoch ${epoch} begins` : '';
  return endedWell(`${reason}: ${removed} messages removed, events ${after} to ${upTo} published again${begins}`);
};
