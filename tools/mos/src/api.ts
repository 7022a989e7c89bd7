/** The API said no, or could not be reached, or was asked for what there is not; `message` is one line for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Of the answer; absent when there was none. */
  readonly status?: number;

  constructor(
    readonly exitCode: number,
    message: string,
    { status, ...options }: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    if (status !== undefined) this.status = status;
  }
}

/** What the API answered. */
export interface Answer<T> {
  readonly body: T;
  readonly etag?: string;
}

/** On which a save depends. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly previewToken?: string;
  readonly previewConfirm?: string;
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
    conditions?: Conditions,
  ): Promise<Answer<T>>;
  /** An answer of one JSON value per line, as they come; leaving the loop ends the asking. */
  lines<T>(method: 'GET' | 'POST', path: string): AsyncIterable<T>;
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
  const request = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const response = await fetch(new URL(path, address), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new ApiError(3, `nobody answers at ${address}: is it running? (npm start, or set MOS_URL)`, { cause });
    });
    if (response.ok) return response;
    const problem = parsed<ProblemBody>(await response.text());
    const why = problem?.detail ?? problem?.title ?? response.statusText;
    const { status } = response;
    // Another system than the one whose token was found answers there.
    const hint = status === 401 ? ' Set MOS_TOKEN, or MOS_STATE_DIR to the folder of that system.' : '';
    throw new ApiError(1, `${status} ${why}${hint}`, { status });
  };
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    { ifMatch, previewToken, previewConfirm }: Conditions = {},
  ): Promise<Answer<T>> => {
    const headers = {
      ...(ifMatch && { 'if-match': ifMatch }),
      ...(previewToken && { 'preview-token': previewToken }),
      ...(previewConfirm && { 'preview-confirm': previewConfirm }),
    };
    const response = await request(method, path, headers, body);
    const etag = response.headers.get('etag');
    return { body: parsed<T>(await response.text()) as T, ...(etag && { etag }) };
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
  const lines = async function* <T>(method: string, path: string): AsyncIterable<T> {
    const response = await request(method, path, { accept: 'application/x-ndjson' });
    let rest = '';
    try {
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const complete = (rest + text).split('\n');
        rest = complete.pop() ?? '';
        for (const line of complete) yield JSON.parse(line) as T;
      }
    } catch (cause) {
      throw new ApiError(3, `the answer of ${address} broke off`, { cause });
    }
  };
  return { get: (path) => call('GET', path), all, send: call, lines };
};

const parsed = <T>(text: string): T | undefined => {
  try {
    return text === '' ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
};
