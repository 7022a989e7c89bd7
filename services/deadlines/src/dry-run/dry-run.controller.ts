import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { DeadlinesEvent } from '@managed-os/contracts';
import type { Enforcement } from '@managed-os/enforcement';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, parseInstant } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE, Parse, Problem, Role } from '@managed-os/service-host';
import { enforcementOf } from '../inputs/policy.js';
import { policyOf } from '../inputs/read-enforcement.js';
import type { DeadlinesSettings } from '../settings.js';
import { SETTINGS } from '../tokens.js';
import { DryRunAnswer, DryRunBody } from './dry-run.bodies.js';
import { type DryRun, dryRunOf, type MacReport } from './dry-run.js';
import { readRecorded } from './recorded.js';

const AT_ONCE = 200;
const NOTHING: Enforcement = { mode: 'do_not_manage' };

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
  @Role('operator')
  @ApiBody({ type: DryRunBody })
  @ApiOkResponse({ type: DryRunAnswer })
  async run(@Body(new Parse(DryRunBody)) { os, enforcement, since, until }: DryRunBody): Promise<DryRunAnswer> {
    const policy = policyOf(os, enforcement);
    const from = startOf('since', since);
    const to = until == null ? this.clock.now() : startOf('until', until);
    if (to < from) throw wrong('until', 'until must not be before since');
    const { macs, announced } = await readRecorded(this.store, os, from);
    const catalogue = announced.map(({ exploited, ...offered }) => {
      const item = { os, enforcement: enforcementOf(policy, { overrides: [], exploited }) ?? NOTHING };
      return { ...offered, item };
    });
    const run: DryRun = { settings: this.settings.rules, since: from, until: to, catalogue };
    const reports: MacReport[] = [];
    for (const [deviceId, history] of macs) {
      reports.push(dryRunOf(deviceId, history, run));
      // Timers and plans of this process go on meanwhile.
      if (reports.length % AT_ONCE === 0) await this.clock.real.sleep(1);
    }
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

const wrong = (field: string, detail: string): Problem =>
  new Problem(400, 'invalid-request', detail, { errors: [{ pointer: `/${field}`, detail }] });

const startOf = (field: string, day: string): Instant => {
  const at = parseInstant(`${day}T00:00:00Z`);
  if (at) return at;
  throw wrong(field, `${field} must be a day of the calendar such as 2022-01-01`);
};
