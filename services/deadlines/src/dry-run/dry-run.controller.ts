import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { DeadlinesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, parseInstant } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE, Parse, Problem, Role } from '@managed-os/service-host';
import { enforcementIn } from '../preview/read-change.js';
import type { DeadlinesSettings } from '../settings.js';
import { SETTINGS } from '../tokens.js';
import { DryRunAnswer, DryRunBody } from './dry-run.bodies.js';
import { type DryRun, dryRunOf } from './dry-run.js';
import { readRecorded } from './recorded.js';

@ApiTags('deadlines')
@ApiBearerAuth()
@Controller('api/deadlines/dry-run')
export class DryRunController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: DeadlinesSettings,
  ) {}

  /** Had this policy been on every Mac since then: who would have been forced when (X5). Reads what was recorded; writes nothing. */
  @Post()
  @HttpCode(200)
  @Role('viewer')
  @ApiBody({ type: DryRunBody })
  @ApiOkResponse({ type: DryRunAnswer })
  async run(@Body(new Parse(DryRunBody)) { os, enforcement, since, until }: DryRunBody): Promise<DryRunAnswer> {
    const item = { os, enforcement: enforcementIn(os, enforcement) };
    const from = startOf('since', since);
    const to = until == null ? this.clock.now() : startOf('until', until);
    const { macs, catalogue } = await readRecorded(this.store);
    const run: DryRun = { item, settings: this.settings.rules, since: from, until: to, catalogue };
    const reports = [...macs].map(([deviceId, history]) => dryRunOf(deviceId, history, run));
    return {
      since: from,
      until: to,
      macs: macs.size,
      forced: reports.flatMap(({ forced }) => forced).toSorted(byTime),
      prevented: reports.flatMap(({ prevented }) => prevented).toSorted(byTime),
    };
  }
}

interface Moment {
  readonly at: string;
  readonly deviceId: string;
}

const byTime = (a: Moment, b: Moment): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : a.deviceId < b.deviceId ? -1 : 1;

const startOf = (field: string, day: string): Instant => {
  const at = parseInstant(`${day}T00:00:00Z`);
  if (at) return at;
  const detail = `${field} must be a day of the calendar such as 2022-01-01`;
  throw new Problem(400, 'invalid-request', detail, { errors: [{ pointer: `/${field}`, detail }] });
};
