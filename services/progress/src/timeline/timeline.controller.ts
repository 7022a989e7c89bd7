import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DATABASE, Parse, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import { DeviceParams } from '../devices/devices.bodies.js';
import { unknownMac } from '../devices/devices.controller.js';
import { findDevice } from '../devices/devices.js';
import type { ProgressTables } from '../tables.js';
import { TimelineAnswer, TimelineQuery } from './timeline.bodies.js';

@ApiTags('devices')
@ApiBearerAuth()
@Controller('api/devices/:deviceId/timeline')
export class TimelineController {
  constructor(@Inject(DATABASE) private readonly db: Kysely<ProgressTables>) {}

  /** What happened on one Mac, the oldest first; each entry names the event behind it and the one that caused it. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: TimelineAnswer })
  async timeline(
    @Param(new Parse(DeviceParams)) { deviceId }: DeviceParams,
    @Query(new Parse(TimelineQuery)) { after, limit }: TimelineQuery,
  ): Promise<TimelineAnswer> {
    const rows = await this.db
      .selectFrom('timeline')
      .selectAll()
      .where('device_id', '=', deviceId)
      .where('entry', '>', after)
      .orderBy('entry')
      .limit(limit + 1)
      .execute();
    if (rows.length === 0 && !(await findDevice(this.db, deviceId))) throw unknownMac();
    const items = rows.slice(0, limit).map((row) => ({
      entry: row.entry,
      time: row.time.toISOString(),
      sentence: row.sentence,
      event: row.event,
      context: row.context,
      eventId: row.event_id,
      causationId: row.causation_id,
      correlationId: row.correlation_id,
      actor: row.actor,
    }));
    return { items, next: rows.length > limit ? (items.at(-1)?.entry ?? null) : null };
  }
}
