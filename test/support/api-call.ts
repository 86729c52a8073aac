/** What a request got, body parsed where it is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  readonly body: any;
}

export interface ApiRequest {
  /** Bearer credential. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
}

/** Sends one request and reads the whole answer, within 10 s. */
export async function call(url: string, method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
  const body = request.raw ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(request.key === undefined ? {} : { Authorization: `Bearer ${request.key}` }),
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body: body as never }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
