import { codeOf } from '../push/answers.js';
import type { Push, PushOutcome, PushTarget } from '../push/push.js';
import { type Enqueued, enqueuedBy, pushedBy, readApiAnswer } from './api-answers.js';

const USER = 'nanomdm';
const TIMEOUT = 10_000;

/** NanoMDM's API: it queues commands for its Macs, and wakes them with its own push certificate. */
export class NanomdmApi implements Push {
  private readonly closing = new AbortController();
  private readonly authorization: string;

  constructor(
    private readonly url: string,
    key: string,
  ) {
    this.authorization = `Basic ${Buffer.from(`${USER}:${key}`).toString('base64')}`;
  }

  /** Queues the document behind what is queued for this Mac, without a push. Never throws. Repeated, it is queued once. */
  async enqueue(udid: string, document: string): Promise<Enqueued> {
    try {
      const { status, text } = await this.ask('PUT', `/v1/enqueue/${encodeURIComponent(udid)}?nopush=1`, document);
      return enqueuedBy(readApiAnswer(status, text, udid, 'command'));
    } catch (error) {
      return { kind: 'failed', reason: codeOf(error) };
    }
  }

  async wake({ udid }: Pick<PushTarget, 'udid'>): Promise<PushOutcome> {
    try {
      const { status, text } = await this.ask('GET', `/v1/push/${encodeURIComponent(udid)}`);
      return pushedBy(readApiAnswer(status, text, udid, 'push'));
    } catch (error) {
      return { kind: 'away', reason: codeOf(error) };
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private async ask(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: this.authorization },
      ...(body !== undefined && { body }),
      signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT)]),
    });
    return { status: response.status, text: await response.text() };
  }
}
