import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { endedWell, type Ending, type Operations } from '@managed-os/event-bus';
import type { ProjectionRunner, ProjectionStatus, Rebuild } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { Role } from '../access.js';
import type { Logger } from '../logger.js';
import { Parse } from '../parse.js';
import { Problem } from '../problem.js';
import { RequestContext } from '../request-context.js';
import { CLOCK, LOGGER } from '../tokens.js';
import { asked } from './audit.js';
import { type ProjectionAnswer, ProjectionListAnswer, ProjectionParams, RebuildAnswer } from './projections.bodies.js';
import { OPERATIONS, PROJECTIONS, STOPPING } from './tokens.js';

const LOOK_MS = 500;

@ApiTags('projections')
@ApiBearerAuth()
@Controller('projections')
export class ProjectionsController {
  constructor(
    @Inject(PROJECTIONS) private readonly projections: Pick<ProjectionRunner, 'list' | 'rebuild'>,
    @Inject(OPERATIONS) private readonly operations: Operations,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'real'>,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** The read models of this service, how far each has read, and what ails it. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: ProjectionListAnswer })
  async list(): Promise<ProjectionListAnswer> {
    return { items: (await this.projections.list()).map(projectionAnswer) };
  }

  /** Asks for a read model to be folded again from the beginning; whoever asks while one is asked for gets that one. */
  @Post(':name/rebuild')
  @Role('operator')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: RebuildAnswer })
  @ApiNotFoundResponse()
  async rebuild(
    @Param(new Parse(ProjectionParams)) { name }: ProjectionParams,
    @RequestContext() context: RequestContext,
  ): Promise<RebuildAnswer> {
    if (!(await this.find(name))) throw noSuchProjection(name);
    const operation = asked('rebuild', `projections/${name}`, context);
    const rebuild = await this.operations.run(
      operation,
      async (operationId) => {
        const recorded = await this.projections.rebuild(name, operation.askedBy);
        if (!recorded) throw noSuchProjection(name);
        void this.recordEnd(operationId, recorded);
        return recorded;
      },
      () => undefined,
    );
    return rebuildAnswer(rebuild);
  }

  /** Any replica may do it, so it is looked for where all see it. When this process ends before, no end is recorded. */
  private async recordEnd(operationId: bigint, { id, projection }: Rebuild): Promise<void> {
    while (!this.stopping.aborted) {
      try {
        const rebuild = (await this.find(projection))?.rebuild;
        const ending = rebuild?.id === id ? endingOf(rebuild) : OVERTAKEN;
        if (ending) return await this.operations.end(operationId, ending);
      } catch (error) {
        this.log.warn({ error, projection }, 'the end of a rebuild cannot be recorded yet');
      }
      await this.clock.real.sleep(LOOK_MS, this.stopping);
    }
  }

  private async find(name: string): Promise<ProjectionStatus | undefined> {
    return (await this.projections.list()).find((projection) => projection.name === name);
  }
}

const noSuchProjection = (name: string): Problem =>
  new Problem(404, 'no-such-projection', `This service has no projection ${name}.`);

const OVERTAKEN: Ending = { outcome: 'failed', detail: 'another rebuild began before the end of this one was seen' };

const endingOf = ({ state, events, detail }: Rebuild): Ending | undefined => {
  switch (state) {
    case 'asked':
    case 'running':
      return undefined;
    case 'done':
      return endedWell(`rebuilt from ${events} events`);
    case 'failed':
      return { outcome: 'failed', detail: detail ?? '' };
  }
};

const rebuildAnswer = ({ position, head, events, ...rebuild }: Rebuild): RebuildAnswer => ({
  ...rebuild,
  position: String(position),
  head: String(head),
  events: String(events),
});

const projectionAnswer = ({ position, head, failure, rebuild, ...status }: ProjectionStatus): ProjectionAnswer => ({
  ...status,
  position: String(position),
  head: String(head),
  failure: failure ? { ...failure, position: String(failure.position) } : null,
  rebuild: rebuild ? rebuildAnswer(rebuild) : null,
});
