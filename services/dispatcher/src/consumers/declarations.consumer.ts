import { isLocalDateTime } from '@managed-os/apple-mdm';
import { type Envelope, type Fact, subjectOf } from '@managed-os/contracts';
import { dead, done, type Settlement } from '@managed-os/event-bus';
import { type Clock, parseInstant } from '@managed-os/kernel';
import { CLOCK, DATABASE } from '@managed-os/service-host';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { HeldReplies } from '../commands/held-replies.js';
import { Declarations } from '../declarations/declarations.js';
import { OfferReports } from '../declarations/offer-reports.js';
import { serially } from '../enrollment/serially.js';
import type { Pulse } from '../pulse.js';
import type { Db, Tx } from '../tables.js';
import { PUSHER_PULSE } from '../tokens.js';

/**
 * The one enforcement that `updates` wants of each Mac. Behind the lock of the Mac it becomes a row, and the set of the
 * Mac is computed anew; a repeated or an older message finds a newer row and changes nothing.
 */
@Controller()
export class DeclarationsConsumer {
  constructor(
    @Inject(DATABASE) private readonly db: Db,
    @Inject(Declarations) private readonly declarations: Declarations,
    @Inject(OfferReports) private readonly offers: OfferReports,
    @Inject(HeldReplies) private readonly held: HeldReplies,
    @Inject(PUSHER_PULSE) private readonly pusher: Pulse,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(subjectOf('DeclarationRequested'))
  async onDeclarationRequested(@Payload() message: Envelope<Fact<'DeclarationRequested'>>): Promise<Settlement> {
    const { data, id: requestId, correlationId } = message;
    const { targetLocalDateTime, build } = data;
    const earliest = parseInstant(data.earliest);
    if (earliest === undefined || !isLocalDateTime(targetLocalDateTime)) {
      return dead(`an enforcement at ${targetLocalDateTime}, ${data.earliest} at the earliest, cannot be declared`);
    }
    const request = { ...data, requestId, correlationId, build, targetLocalDateTime, earliest };
    await this.changed(data.deviceId, (tx) => this.declarations.want(request, tx));
    return done;
  }

  @EventPattern<string>(subjectOf('DeclarationWithdrawn'))
  async onDeclarationWithdrawn(@Payload() message: Envelope<Fact<'DeclarationWithdrawn'>>): Promise<Settlement> {
    const { data, id: requestId, correlationId } = message;
    await this.changed(data.deviceId, (tx) => this.declarations.withdraw({ ...data, requestId, correlationId }, tx));
    return done;
  }

  private async changed(deviceId: string, change: (tx: Tx) => Promise<void>): Promise<void> {
    const wakes = await serially(this.db, deviceId, async (tx) => {
      await change(tx);
      return this.declarations.refresh(deviceId, this.clock.now(), tx);
    });
    await this.offers.reportOf(deviceId);
    if (wakes && !this.held.signal(deviceId)) this.pusher.nudge();
  }
}
