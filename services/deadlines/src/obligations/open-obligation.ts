import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { DeadlinesEvent, Fact } from '@managed-os/contracts';
import { RequestRefused } from '@managed-os/event-bus';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, isUuid } from '@managed-os/kernel';
import { CLOCK, EVENT_STORE } from '@managed-os/service-host';
import { obligations } from './obligations.decider.js';
import { obligationsStream } from './record.js';

/** What a Mac owes at this moment; asked before an install is handed to it. */
export interface OpenObligationAnswer {
  readonly asOf: Instant;
  /** The obligation that makes the deadline; null when nothing is owed. */
  readonly obligationId: string | null;
  readonly status: Fact<'PlanChanged'>['status'];
  readonly target: Fact<'PlanChanged'>['target'] | null;
}

/** Answers from the Mac's stream, not from a read model: what was withdrawn is withdrawn. */
@Controller()
export class OpenObligationResponder {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore<DeadlinesEvent>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @MessagePattern('mos.rpc.deadlines.open_obligation')
  async answer(@Payload() request: unknown): Promise<OpenObligationAnswer> {
    const deviceId = deviceIdIn(request);
    if (deviceId === undefined) throw new RequestRefused('malformed', { expected: '{ deviceId: <uuid> }' });
    const asOf = this.clock.now();
    const { state } = await this.store.load(obligationsStream(deviceId), obligations);
    return {
      asOf,
      obligationId: state.open[0]?.obligationId ?? null,
      status: state.plan?.status ?? 'not_managed',
      target: state.plan?.target ?? null,
    };
  }
}

const deviceIdIn = (request: unknown): string | undefined =>
  typeof request === 'object' &&
  request !== null &&
  'deviceId' in request &&
  typeof request.deviceId === 'string' &&
  isUuid(request.deviceId)
    ? request.deviceId.toLowerCase()
    : undefined;
