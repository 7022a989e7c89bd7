import { Controller, Inject, Put, Req, Res } from '@nestjs/common';
import { parseCheckin, parseConnect } from '@managed-os/apple-mdm';
import { MacDoor } from '@managed-os/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Conversation } from '../commands/conversation.js';
import type { JsonDocument } from '../declarations/declarative-door.js';
import { IDENTIFY } from '../tokens.js';
import { Checkin } from './checkin.js';
import type { Identify } from './identify.js';
import { accepted, bodyOf } from './mac-bodies.js';

const CHECKIN_TYPE = 'application/x-apple-aspen-mdm-checkin';

/** Where Macs come in. They are known by their certificate; whatever is wrong, the answer is never 401. */
@MacDoor()
@Controller('mdm')
export class MacDoorController {
  constructor(
    @Inject(IDENTIFY) private readonly identify: Identify,
    @Inject(Checkin) private readonly checkin: Checkin,
    @Inject(Conversation) private readonly conversation: Conversation,
  ) {}

  @Put('checkin')
  async putCheckin(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const identity = this.identify(request.headers, bodyOf(request));
    const message = accepted(parseCheckin(bodyOf(request)));
    return answer(reply, await this.checkin.handleMessage(message, identity, request.correlationId ?? ''));
  }

  @Put('connect')
  async putConnect(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    // A profile without a CheckInURL sends both kinds here.
    if (request.headers['content-type']?.startsWith(CHECKIN_TYPE)) return this.putCheckin(request, reply);
    const identity = this.identify(request.headers, bodyOf(request));
    const report = accepted(parseConnect(bodyOf(request)));
    return answer(reply, await this.conversation.turn(report, identity, request.correlationId ?? ''));
  }
}

const answer = (reply: FastifyReply, document: string | JsonDocument | undefined): string | undefined => {
  if (document === undefined) return undefined;
  const isJson = typeof document !== 'string';
  void reply.header('content-type', isJson ? 'application/json' : 'application/xml; charset=UTF-8');
  return isJson ? document.json : document;
};
