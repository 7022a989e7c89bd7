import { Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { type MachineInfo, parseMachineInfo, writeSoftwareUpdateRequired } from '@managed-os/apple-mdm';
import { MacDoor, Parse, Problem } from '@managed-os/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OFFER } from '../tokens.js';
import { chainsTo } from './cms/chain.js';
import { verifySignedData } from './cms/verify.js';
import { EnrollQuery } from './enroll.bodies.js';
import { accepted, bodyOf } from './mac-bodies.js';
import { MinimumVersion } from './minimum-version.js';
import type { Offer } from './offer.js';

/**
 * Where Macs get the profile that enrolls them: in a browser, or by themselves in Setup Assistant (Automated Device
 * Enrollment). Who knows the code gets it. Never answers 401.
 */
@MacDoor()
@Controller('enroll')
export class EnrollController {
  constructor(
    @Inject(OFFER) private readonly offer: Offer | undefined,
    @Inject(MinimumVersion) private readonly minimum: MinimumVersion,
  ) {}

  @Get()
  getProfile(
    @Query(new Parse(EnrollQuery)) { code, serial }: EnrollQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer {
    return profile(reply, this.opened(code), serial);
  }

  @Post()
  @HttpCode(200)
  async postMachineInfo(
    @Query(new Parse(EnrollQuery)) { code }: EnrollQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | string> {
    const offer = this.opened(code);
    const mac = machineIn(bodyOf(request), offer);
    const update = await this.minimum.requiredOf(mac, offer.minimum);
    if (!update) return profile(reply, offer, mac.serialNumber);
    void reply.status(403).header('content-type', 'application/json');
    return writeSoftwareUpdateRequired(update);
  }

  private opened(code: string): Offer {
    if (!this.offer) throw new Problem(404, 'enrollment-not-offered', 'No profiles are handed out here.');
    if (!this.offer.opens(code)) throw new Problem(403, 'wrong-code', 'This is not the code that opens enrollment.');
    return this.offer;
  }
}

const profile = (reply: FastifyReply, offer: Offer, serialNumber: string | undefined): Buffer => {
  const bytes = offer.profile(serialNumber);
  void reply
    .header('content-type', 'application/x-apple-aspen-config')
    .header('content-disposition', 'attachment; filename="enroll.mobileconfig"')
    // It may hold the challenge of the SCEP server.
    .header('cache-control', 'no-store');
  return bytes;
};

/**
 * What a Mac says of itself, signed by its maker's word for it. Apple's authority of devices expired long ago, and the
 * clock of a Mac in Setup Assistant may be wrong: no time counts here.
 */
const machineIn = (body: Uint8Array, { devices }: Offer): MachineInfo => {
  const verified = verifySignedData(body);
  if (!verified.ok) {
    const status = verified.refusal === 'wrong-signature' ? 403 : 400;
    throw new Problem(status, verified.refusal, 'What the Mac says of itself is not signed as it should be.');
  }
  if (devices && !chainsTo(verified.signer, verified.others, devices)) {
    throw new Problem(403, 'not-an-apple-device', 'The signature is of no device of Apple.');
  }
  return accepted(parseMachineInfo(verified.content));
};
