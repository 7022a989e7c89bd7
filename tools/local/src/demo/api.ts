import { real } from '../infra/real-time.js';

/** What the demonstration reads of a Mac (`GET /api/devices`). */
export interface Device {
  readonly id: string;
  readonly name: string | null;
  readonly osVersion: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly stage: string | null;
  readonly target: string | null;
  readonly deadline: string | null;
  readonly deadlineLocal: string | null;
  readonly zone: string | null;
  readonly overdue: boolean;
  readonly next: string | null;
  readonly nextAt: string | null;
}

/** `GET /api/deadlines/timers` */
export interface Timer {
  readonly deviceId: string;
  readonly purpose: string;
  readonly dueAt: string;
}

export interface Answer<T> {
  readonly body: T;
  readonly etag: string | undefined;
}

/** The public APIs, as an admin. */
export interface Api {
  /** Answers, or `undefined` when there is no good answer at once. */
  ask<T>(path: string): Promise<T | undefined>;
  /** Insists for a minute while a service starts or restarts. Throws for an answer that insisting does not mend. */
  send<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
}

const INSIST = 60_000;
const QUICK = 3_000;

export const connectApi = (address: string, token: string, stopping: AbortSignal): Api => {
  const call = (
    method: string,
    path: string,
    timeout: number,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      signal: AbortSignal.any([AbortSignal.timeout(timeout), stopping]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    async ask<T>(path: string) {
      try {
        const response = await call('GET', path, QUICK);
        if (response.ok) return (await response.json()) as T;
        await response.body?.cancel();
      } catch {
        // A service that restarts: the caller goes on without this answer.
      }
      return undefined;
    },
    async send<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
      const end = real.elapsed() + INSIST;
      for (;;) {
        const response = await call(method, path, 10_000, body, headers).catch((error: unknown) => String(error));
        if (typeof response !== 'string' && response.ok) {
          const text = await response.text();
          return {
            body: (text === '' ? undefined : JSON.parse(text)) as T,
            etag: response.headers.get('etag') ?? undefined,
          };
        }
        const why = typeof response === 'string' ? response : `${response.status} ${await response.text()}`;
        const isPassing = typeof response === 'string' || response.status >= 500 || response.status === 409;
        if (!isPassing || stopping.aborted || real.elapsed() > end) throw new Error(`${method} ${path}: ${why}`);
        await real.sleep(500, stopping);
      }
    },
  };
};
