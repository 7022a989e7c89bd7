import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { DeadlinesEvent, Fact } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { EVENT_STORE, Parse, Problem, Role } from '@managed-os/service-host';
import { historyOf } from './history.js';
import { DeviceObligationsAnswer, DeviceParams, HistoryAnswer } from './obligations.bodies.js';
import { obligations } from './obligations.decider.js';
import { PURPOSES } from './obligations.state.js';
import { obligationsStream } from './record.js';

@ApiTags('deadlines')
@ApiBearerAuth()
@Controller('api/deadlines/devices')
export class ObligationsController {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>) {}

  /** What one Mac owes, the plan for it, and what falls due: as its stream says it at this moment. */
  @Get(':deviceId')
  @Role('viewer')
  @ApiParam({ name: 'deviceId', type: String, format: 'uuid' })
  @ApiOkResponse({ type: DeviceObligationsAnswer })
  async device(@Param(new Parse(DeviceParams)) { deviceId }: DeviceParams): Promise<DeviceObligationsAnswer> {
    const { state, revision } = await this.store.load(obligationsStream(deviceId), obligations);
    if (revision === 0n) throw new Problem(404, 'mac-unknown', 'Nothing was ever planned for a Mac with this id.');
    return {
      deviceId,
      obligations: state.open,
      plan: state.plan ? withoutNames(state.plan) : null,
      timers: PURPOSES.flatMap((purpose) => {
        const timer = state.timers[purpose];
        return timer ? [{ deviceId, purpose, dueAt: timer.dueAt, obligationId: timer.obligationId }] : [];
      }),
    };
  }

  /** Everything that one Mac ever owed: opened by what and when, moved, discharged by what (X7). */
  @Get(':deviceId/history')
  @Role('viewer')
  @ApiParam({ name: 'deviceId', type: String, format: 'uuid' })
  @ApiOkResponse({ type: HistoryAnswer })
  async history(@Param(new Parse(DeviceParams)) { deviceId }: DeviceParams): Promise<HistoryAnswer> {
    return { items: historyOf(await this.store.readStream(obligationsStream(deviceId))) };
  }
}

const withoutNames = (plan: Fact<'PlanChanged'>): object =>
  Object.fromEntries(Object.entries(plan).filter(([field]) => field !== 'type' && field !== 'deviceId'));
