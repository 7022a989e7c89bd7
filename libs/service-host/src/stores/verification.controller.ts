import { Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { endedWell, type Ending, type Operations } from '@managed-os/event-bus';
import type { PgEventStore, Verification } from '@managed-os/event-store';
import type { FastifyReply } from 'fastify';
import { Role } from '../access.js';
import { RequestContext } from '../request-context.js';
import { EVENT_STORE } from '../tokens.js';
import { asked } from './audit.js';
import { NDJSON, streamLines } from './ndjson.js';
import { OPERATIONS, STOPPING } from './tokens.js';
import { VerificationAnswer, VerifiedSoFarAnswer } from './verification.bodies.js';

@ApiTags('verification')
@ApiBearerAuth()
@Controller('verification')
export class VerificationController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<PgEventStore<never>, 'verify'>,
    @Inject(OPERATIONS) private readonly operations: Operations,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /** Computes every digest of the store again: lines of how far it is, at last one of what was found. Ends with its caller. */
  @Post()
  @Role('operator')
  @HttpCode(200)
  @ApiExtraModels(VerifiedSoFarAnswer, VerificationAnswer)
  @ApiOkResponse({
    content: {
      [NDJSON]: {
        schema: { oneOf: [VerifiedSoFarAnswer, VerificationAnswer].map((type) => ({ $ref: getSchemaPath(type) })) },
      },
    },
  })
  verify(@RequestContext() context: RequestContext, @Res() reply: FastifyReply): void {
    const operation = asked('verify', 'store', context);
    streamLines(reply, this.stopping, async (write, signal) => {
      const progress = (checked: bigint, upTo: bigint): void =>
        // A caller who went away is noticed by the signal.
        void write({ checked: String(checked), upTo: String(upTo) }).catch(() => undefined);
      const verification = await this.operations.run(
        operation,
        () => this.store.verify({ progress, signal }),
        endingOf,
      );
      await write(verificationAnswer(verification));
    });
  }
}

const endingOf = ({ events, upTo, faults, more }: Verification): Ending => {
  const found = `${events} events up to ${upTo}, faults: ${faults.length}${more ? ' and more' : ''}`;
  return faults.length === 0 ? endedWell(found) : { outcome: 'failed', detail: found };
};

const verificationAnswer = ({ events, messages, streams, upTo, faults, more }: Verification): VerificationAnswer => ({
  events: String(events),
  messages: String(messages),
  streams: String(streams),
  upTo: String(upTo),
  faults: faults.map(({ kind, position, stream, detail }) => ({
    kind,
    position: position === undefined ? null : String(position),
    stream: stream ?? null,
    detail,
  })),
  more,
});
