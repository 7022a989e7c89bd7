import { get } from 'node:https';
import type { RealTime } from '@managed-os/kernel';

/** The outside world did not answer as it should; nothing is known of what it would have said. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
  readonly code = 'download-failed';
}

export interface Download {
  readonly url: string;
  /** The only certificates that vouch for the server; the platform's own when absent. */
  readonly ca?: string;
  /** After so many bytes the rest is not read. */
  readonly largest: number;
  readonly timeoutMs: number;
}

/**
 * The body at an address, of one that is too large one byte more than is allowed. Follows no redirect. Throws
 * `DownloadFailed` for everything but a whole answer with status 200 in time.
 */
export const httpsGet = async (
  { url, ca, largest, timeoutMs }: Download,
  real: Pick<RealTime, 'sleep'>,
  stop: AbortSignal,
): Promise<Uint8Array> => {
  const over = new AbortController();
  const slow = new AbortController();
  void real.sleep(timeoutMs, AbortSignal.any([over.signal, stop])).then(() => {
    if (!over.signal.aborted) slow.abort();
  });
  try {
    return await download(url, ca, largest, AbortSignal.any([slow.signal, stop]));
  } catch (cause) {
    if (cause instanceof DownloadFailed) throw cause;
    const what = slow.signal.aborted ? `no whole answer in ${timeoutMs / 1_000} s` : 'no answer';
    throw new DownloadFailed(`reading ${url}: ${what}`, { cause });
  } finally {
    over.abort();
  }
};

const download = (url: string, ca: string | undefined, largest: number, signal: AbortSignal): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', 'user-agent': 'managed-os' };
    const request = get(url, { headers, signal, ...(ca !== undefined && { ca }) }, (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      const end = (): void => resolve(Buffer.concat(parts).subarray(0, largest + 1));
      response.on('error', reject);
      if (response.statusCode !== 200) {
        response.resume();
        return reject(new DownloadFailed(`reading ${url}: status ${response.statusCode}`));
      }
      response.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length <= largest) return;
        end();
        request.destroy();
      });
      response.on('end', end);
    });
    request.on('error', reject);
  });
