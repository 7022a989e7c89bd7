/** The API said no, or could not be reached; `message` is one line for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the API answered. */
export interface Answer<T> {
  readonly body: T;
  readonly etag?: string;
}

export interface Api {
  get<T>(path: string): Promise<Answer<T>>;
  /** Every page of a list as one. */
  all<T>(path: string): Promise<{ readonly items: readonly T[] }>;
  /** Throws `ApiError` with the problem's fields on one line. */
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    ifMatch?: string,
  ): Promise<Answer<T>>;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | number | null;
}

interface ProblemBody {
  readonly detail?: string;
  readonly title?: string;
}

export const connectApi = (address: string, token: string): Api => {
  const call = async <T>(method: string, path: string, body?: unknown, ifMatch?: string): Promise<Answer<T>> => {
    const response = await fetch(new URL(path, address), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch && { 'if-match': ifMatch }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new ApiError(3, `nobody answers at ${address}: is it running? (npm start, or set MOS_URL)`, { cause });
    });
    const text = await response.text();
    if (!response.ok) {
      const problem = parsed<ProblemBody>(text);
      const why = problem?.detail ?? problem?.title ?? response.statusText;
      // Another system than the one whose token was found answers there.
      const hint = response.status === 401 ? ' Set MOS_TOKEN, or MOS_STATE_DIR to the folder of that system.' : '';
      throw new ApiError(1, `${response.status} ${why}${hint}`);
    }
    const etag = response.headers.get('etag');
    return { body: parsed<T>(text) as T, ...(etag && { etag }) };
  };
  const all = async <T>(path: string): Promise<{ readonly items: readonly T[] }> => {
    const items: T[] = [];
    for (let after = ''; ;) {
      const page = await call<Page<T>>('GET', after ? `${path}${path.includes('?') ? '&' : '?'}after=${after}` : path);
      items.push(...page.body.items);
      if (page.body.next === undefined || page.body.next === null) return { items };
      after = encodeURIComponent(page.body.next);
    }
  };
  return { get: (path) => call('GET', path), all, send: call };
};

const parsed = <T>(text: string): T | undefined => {
  try {
    return text === '' ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
};
