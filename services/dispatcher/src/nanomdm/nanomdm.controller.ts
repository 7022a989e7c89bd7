import { All, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { parseWebhook } from './webhook-event.js';
import { CLOCK, CONFIG, MacDoor, Problem } from '@managed-os/service-host';
import type { Clock } from '@managed-os/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DispatcherConfig } from '../config.js';
import { DeclarativeDoor } from '../declarations/declarative-door.js';
import { accepted, bodyOf } from '../enrollment/mac-bodies.js';
import { Presence } from '../silence/presence.js';
import { ForeignCheckins } from './foreign-checkins.js';
import { ForeignConversation } from './foreign-conversation.js';
import { ForeignMacs, macIn } from './foreign-macs.js';
import { isSigned, SIGNATURE, signatureOf } from './signature.js';

const DECLARATIONS = '/nanomdm/declarations/';

/** Where NanoMDM comes in: with what Macs said (`-webhook-url`), and with what they ask about declarations (`-dm`). */
@MacDoor()
@Controller('nanomdm')
export class NanomdmController {
  constructor(
    @Inject(CONFIG) private readonly config: DispatcherConfig,
    @Inject(ForeignCheckins) private readonly checkins: ForeignCheckins,
    @Inject(ForeignConversation) private readonly conversation: ForeignConversation,
    @Inject(ForeignMacs) private readonly macs: ForeignMacs,
    @Inject(DeclarativeDoor) private readonly declarative: DeclarativeDoor,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('webhook')
  @HttpCode(200)
  async webhook(@Req() request: FastifyRequest): Promise<void> {
    const event = accepted(parseWebhook(this.signed(request)));
    const correlationId = request.correlationId ?? '';
    if (event.kind === 'checkin') await this.checkins.take(event.message, event.at, event.tokenUpdates, correlationId);
    if (event.kind === 'connect') await this.conversation.turn(event.report, event.at, correlationId);
  }

  /** Answers as the check-in of direct Macs does; NanoMDM makes 500 of all that is not 200, 404 too. */
  @All('declarations/*')
  async declarations(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const data = this.signed(request);
    const sender = senderOf(request.headers);
    const udid = macIn({ udid: sender.udid });
    const mac = udid === undefined ? undefined : await this.macs.known(udid, this.clock.real.now());
    if (!mac) throw new Problem(503, 'not-known-yet', 'This Mac is not known here yet; it is asked what it is.');
    const correlationId = request.correlationId ?? '';
    await this.presence.heard(mac, correlationId);
    const endpoint = decodeURIComponent(new URL(request.url, 'http://-').pathname.slice(DECLARATIONS.length));
    const message = {
      type: 'DeclarativeManagement',
      sender,
      keys: new Map(),
      endpoint,
      ...(data.length > 0 && { data }),
    } as const;
    const answer = await this.declarative.answer(mac, message, correlationId);
    // For `-dm-recv-hmac-key`.
    void reply.header(SIGNATURE, signatureOf(answer?.json ?? '', this.key));
    if (!answer) return undefined;
    void reply.header('content-type', 'application/json');
    return answer.json;
  }

  /** The body, when it is NanoMDM's. Throws 403. */
  private signed(request: FastifyRequest): Uint8Array {
    const body = bodyOf(request);
    if (isSigned(body, request.headers[SIGNATURE], this.key)) return body;
    throw new Problem(403, 'not-nanomdm', 'This body is not signed with NANOMDM_HMAC_KEY.');
  }

  private get key(): string {
    return this.config.NANOMDM_HMAC_KEY ?? '';
  }
}

/** NanoMDM names a user's channel `UDID:UserID`, and the Mac beside it. */
const senderOf = (headers: FastifyRequest['headers']): { readonly udid: string; readonly userId?: string } => {
  const [id, parent] = [headers['x-enrollment-id'], headers['x-enrollment-parentid']];
  if (typeof id !== 'string') throw new Problem(400, 'no-enrollment-id', 'X-Enrollment-ID says whose declarations.');
  return typeof parent === 'string' && parent !== ''
    ? { udid: parent, userId: id.slice(parent.length + 1) }
    : { udid: id };
};
