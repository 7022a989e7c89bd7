import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DATABASE, Parse, Problem, Role } from '@managed-os/service-host';
import type { Kysely } from 'kysely';
import type { ProgressTables } from '../tables.js';
import { DeviceAnswer, DeviceListAnswer, DeviceParams, DevicesQuery } from './devices.bodies.js';
import { findDevice, listDevices, readKey } from './devices.js';

export const unknownMac = (): Problem => new Problem(404, 'unknown-mac', 'No Mac with this id was ever heard of.');

@ApiTags('devices')
@ApiBearerAuth()
@Controller('api/devices')
export class DevicesController {
  constructor(@Inject(DATABASE) private readonly db: Kysely<ProgressTables>) {}

  /** Macs by name: what each owes, where its update is, who acts next and when. */
  @Get()
  @Role('viewer')
  @ApiOkResponse({ type: DeviceListAnswer })
  list(@Query(new Parse(DevicesQuery)) { blueprintId, status, after, limit }: DevicesQuery): Promise<DeviceListAnswer> {
    const key = after === undefined ? undefined : readKey(after);
    if (after !== undefined && !key)
      throw new Problem(400, 'invalid-request', 'after must be the `next` of a page before.', {
        errors: [{ pointer: '/after', detail: 'after must be the `next` of a page before' }],
      });
    return listDevices(this.db, { blueprintId, status, after: key, limit });
  }

  @Get(':deviceId')
  @Role('viewer')
  @ApiOkResponse({ type: DeviceAnswer })
  async device(@Param(new Parse(DeviceParams)) { deviceId }: DeviceParams): Promise<DeviceAnswer> {
    const device = await findDevice(this.db, deviceId);
    if (!device) throw unknownMac();
    return device;
  }
}
