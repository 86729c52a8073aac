/** What a request got; status 0: no answer at all, so nobody knows whether it was done. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  readonly body: any;
  readonly requestId: string;
}

export interface HttpRequest {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/** Sends requests whose ids nobody else has and counts the answers; never throws for what happened on the way. */
export class HttpClient {
  readonly statuses: Record<string, number> = {};
  readonly #baseUrl: () => string;
  readonly #prefix: string;
  #count = 0;

  constructor(baseUrl: () => string, prefix: string) {
    this.#baseUrl = baseUrl;
    this.#prefix = prefix;
  }

  async send(method: string, path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    this.#count += 1;
    const requestId = `${this.#prefix}-${this.#count}`;
    const answer = await this.#try(method, path, requestId, request).catch(() => null);
    const kind = answer === null ? 'none' : `${Math.floor(answer.status / 100)}xx`;
    this.statuses[kind] = (this.statuses[kind] ?? 0) + 1;
    return answer ?? { status: 0, headers: new Headers(), body: undefined, requestId };
  }

  async #try(method: string, path: string, requestId: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await fetch(`${this.#baseUrl()}${path}`, {
      method,
      headers: {
        'X-Request-Id': requestId,
        ...(request.key === undefined ? {} : { Authorization: `Bearer ${request.key}` }),
        ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(request.timeoutMs ?? 10_000),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : undefined, requestId };
  }
}
