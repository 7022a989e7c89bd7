import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { DATABASE, Parse, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import type { DeadlinesTables } from '../tables.js';
import { LateTimerListAnswer, TimerListAnswer, TimersQuery } from './timers.bodies.js';

@ApiTags('deadlines')
@ApiBearerAuth()
@Controller('api/deadlines/timers')
export class TimersController {
  constructor(@Inject(DATABASE) private readonly db: Kysely<DeadlinesTables>) {}

  /** What falls due next, the earliest first. */
  @Get()
  @Role('viewer')
  @ApiQuery({ name: 'limit', type: Number, required: false })
  @ApiOkResponse({ type: TimerListAnswer })
  async list(@Query(new Parse(TimersQuery)) { limit }: TimersQuery): Promise<TimerListAnswer> {
    const items = await this.db
      .selectFrom('timers')
      .select(['device_id as deviceId', 'purpose', 'due_at as dueAt', 'obligation_id as obligationId'])
      .orderBy('due_at')
      .orderBy('device_id')
      .limit(limit)
      .execute();
    return { items };
  }

  /** What fired late and why, the newest first (X8). */
  @Get('late')
  @Role('viewer')
  @ApiQuery({ name: 'limit', type: Number, required: false })
  @ApiOkResponse({ type: LateTimerListAnswer })
  async late(@Query(new Parse(TimersQuery)) { limit }: TimersQuery): Promise<LateTimerListAnswer> {
    const items = await this.db
      .selectFrom('late_timers')
      .select(['device_id as deviceId', 'purpose', 'due_at as dueAt', 'late_seconds as lateSeconds', 'because'])
      .orderBy('position', 'desc')
      .limit(limit)
      .execute();
    return { items };
  }
}
