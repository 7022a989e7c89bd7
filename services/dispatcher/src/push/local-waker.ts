import type { Push, PushOutcome } from './push.js';

const TIMEOUT = 5_000;

/** The words by which a push service says that a token is of no use any more. */
const GONE = new Set(['BadDeviceToken', 'Unregistered', 'ExpiredToken', 'DeviceTokenNotForTopic']);

/** A push service that speaks APNs' paths and bodies over plain HTTP; the virtual fleet serves it. */
export class LocalWaker implements Push {
  constructor(private readonly url: string) {}

  async wake(token: Uint8Array, pushMagic: string): Promise<PushOutcome> {
    try {
      const response = await fetch(`${this.url}/3/device/${Buffer.from(token).toString('hex')}`, {
        method: 'POST',
        body: JSON.stringify({ mdm: pushMagic }),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const reason = response.ok ? '' : await reasonOf(response);
      if (response.ok) return { kind: 'accepted' };
      return response.status === 410 || GONE.has(reason) ? { kind: 'refused', reason } : { kind: 'failed', reason };
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

const reasonOf = async (response: Response): Promise<string> => {
  const body: unknown = await response.json().catch(() => undefined);
  const named = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  return typeof named === 'string' ? named : `status ${response.status}`;
};
