import type { RealTime } from '@managed-os/kernel';
import { Client } from 'undici';
import { certificateReason, outcomeOf, outcomeOfError, readAnswer } from '../answers.js';
import type { Push, PushOutcome, PushTarget } from '../push.js';
import { Farewells } from './farewells.js';
import type { PushCertificate } from './push-certificate.js';

/** How long things may take, in real milliseconds. */
export interface ApnsPatience {
  /** For a connection to be made. */
  readonly connect: number;
  /** For an answer; when one is missing the connection is pinged within the same time, and replaced if it is dead. */
  readonly answer: number;
  /** For a push altogether, with all the waiting for a connection. */
  readonly push: number;
}

const PATIENCE: ApnsPatience = { connect: 5_000, answer: 5_000, push: 15_000 };

/** Apple wants connections kept; one that was dropped on the way is noticed by pings. */
const KEPT = 24 * 3_600_000;
const PING = 60_000;
/** APNs' own limit is usually this one; a lower one is kept to. */
const STREAMS = 1_000;
const LONGEST_ANSWER = 4_096;

/**
 * Apple's push service over one HTTP/2 connection, with the MDM push certificate (spec: APNs push; Apple: Sending
 * notification requests to APNs). The connection is made when it is needed; streams that a closing server did not take
 * move to the next one, once.
 */
export class ApnsPush implements Push {
  private readonly client: Client;
  private readonly farewells: Farewells;
  private refusal: string | undefined;

  constructor(
    url: string,
    private readonly certificate: PushCertificate,
    private readonly real: RealTime,
    private readonly options: { readonly ca?: string; readonly patience?: ApnsPatience } = {},
  ) {
    const { connect, answer } = this.patience;
    const { pem, key } = certificate;
    this.client = new Client(url, {
      connect: {
        cert: pem,
        key: key.export({ type: 'pkcs8', format: 'pem' }),
        ...(options.ca !== undefined && { ca: options.ca }),
        preferH2: true,
        timeout: connect,
      },
      headersTimeout: answer,
      bodyTimeout: answer,
      keepAliveTimeout: KEPT,
      maxResponseSize: LONGEST_ANSWER,
      h2Options: { maxConcurrentStreams: STREAMS, pingInterval: PING },
    });
    this.farewells = new Farewells(new URL(url).host, (text) => {
      this.refusal = certificateReason(text) ?? this.refusal;
    });
  }

  async wake({ token, pushMagic, topic }: PushTarget): Promise<PushOutcome> {
    if (topic !== this.certificate.topic) return { kind: 'unsendable', reason: 'enrolled with another topic' };
    try {
      const { statusCode, headers, body } = await this.client.request({
        method: 'POST',
        path: `/3/device/${Buffer.from(token).toString('hex')}`,
        headers: { 'apns-push-type': 'mdm' },
        body: JSON.stringify({ mdm: pushMagic }),
        signal: AbortSignal.timeout(this.patience.push),
      });
      const answer = readAnswer(statusCode, await body.text(), headers['retry-after'], this.real.now());
      this.refusal = undefined;
      return outcomeOf(answer);
    } catch (error) {
      // The server closed the connection, and said why before it did.
      return this.refusal === undefined ? outcomeOfError(error) : { kind: 'certificate-refused', reason: this.refusal };
    }
  }

  async close(): Promise<void> {
    this.farewells.close();
    await this.client.destroy();
  }

  private get patience(): ApnsPatience {
    return this.options.patience ?? PATIENCE;
  }
}
