import type { RealTime } from '@managed-os/kernel';
import { outcomeOf, outcomeOfError, readAnswer } from './answers.js';
import type { Push, PushOutcome, PushTarget } from './push.js';

const TIMEOUT = 5_000;

/** A push service that speaks APNs' paths and bodies over plain HTTP; the virtual fleet serves it. */
export class LocalWaker implements Push {
  private readonly closing = new AbortController();

  constructor(
    private readonly url: string,
    private readonly real: RealTime,
  ) {}

  async wake({ token, pushMagic }: PushTarget): Promise<PushOutcome> {
    try {
      const response = await fetch(`${this.url}/3/device/${Buffer.from(token).toString('hex')}`, {
        method: 'POST',
        body: JSON.stringify({ mdm: pushMagic }),
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT)]),
      });
      const { status, headers } = response;
      return outcomeOf(readAnswer(status, await response.text(), headers.get('retry-after'), this.real.now()));
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }
}
