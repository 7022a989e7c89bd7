import { Controller, Inject, Put, Req, Res } from '@nestjs/common';
import { type Parsed, parseCheckin, parseConnect } from '@managed-os/apple-mdm';
import { CONFIG, MacDoor, Problem } from '@managed-os/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Conversation } from '../commands/conversation.js';
import type { DispatcherConfig } from '../config.js';
import type { JsonDocument } from '../declarations/declarative-door.js';
import { identityOf } from './certificate.js';
import { Checkin } from './checkin.js';

const CHECKIN_TYPE = 'application/x-apple-aspen-mdm-checkin';

/** Where Macs come in. They are known by their certificate; whatever is wrong, the answer is never 401. */
@MacDoor()
@Controller('mdm')
export class MacDoorController {
  constructor(
    @Inject(CONFIG) private readonly config: DispatcherConfig,
    @Inject(Checkin) private readonly checkin: Checkin,
    @Inject(Conversation) private readonly conversation: Conversation,
  ) {}

  @Put('checkin')
  async putCheckin(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const message = accepted(parseCheckin(bodyOf(request)));
    return answer(
      reply,
      await this.checkin.handleMessage(message, this.identity(request), request.correlationId ?? ''),
    );
  }

  @Put('connect')
  async putConnect(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    // A profile without a CheckInURL sends both kinds here.
    if (request.headers['content-type']?.startsWith(CHECKIN_TYPE)) return this.putCheckin(request, reply);
    const report = accepted(parseConnect(bodyOf(request)));
    return answer(reply, await this.conversation.turn(report, this.identity(request), request.correlationId ?? ''));
  }

  private identity(request: FastifyRequest): string {
    const identity = identityOf(request.headers[this.config.CLIENT_CERT_HEADER]);
    if (identity === undefined) throw new Problem(400, 'no-certificate', 'The request carries no client certificate.');
    return identity;
  }
}

const bodyOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

const accepted = <T>(parsed: Parsed<T>): T => {
  if (parsed.ok) return parsed.value;
  const { code, path, offset, detail } = parsed.refusal;
  throw new Problem(code === 'too-large' ? 413 : 400, code, detail, { path, ...(offset !== undefined && { offset }) });
};

const answer = (reply: FastifyReply, document: string | JsonDocument | undefined): string | undefined => {
  if (document === undefined) return undefined;
  const isJson = typeof document !== 'string';
  void reply.header('content-type', isJson ? 'application/json' : 'application/xml; charset=UTF-8');
  return isJson ? document.json : document;
};
