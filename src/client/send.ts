import { randomUUID } from 'node:crypto';
import { type ApiError, apiErrorOf, NoAnswerError } from './api-error.ts';
import { isWorthRetrying, pauseMs, retryAfterMsOf } from './retry.ts';

/** Where the server is and how patient the client is. */
export interface ClientOptions {
  /** `http://127.0.0.1:8080`, without the face's path. */
  readonly baseUrl: string;
  /** The platform key for the admin face, an account's key for the others. */
  readonly key: string;
  /** Longest wait for one attempt, answer included. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Attempts in all, 1 for none but the first. Default 4. */
  readonly attemptsMax?: number | undefined;
  /** Largest answer that is read. Default 64 MiB. */
  readonly answerBytesMax?: number | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Between 0 and 1; spreads the pauses. */
  readonly random?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What one call may say besides its own input. */
export interface CallOptions {
  /** Names this change for repetitions; a random one when absent. Every attempt of one call sends the same. */
  readonly idempotencyKey?: string | undefined;
  /** The version that the change is meant for. */
  readonly ifMatch?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A body that is no JSON, handed over as it is. */
export interface RawBody {
  readonly mediaType: string;
  readonly content: string | Uint8Array;
}

/** What a generated method asks for. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object | undefined;
  readonly json?: unknown;
  readonly raw?: RawBody | undefined;
  /** `file`: the answer is text or bytes and comes as they are. */
  readonly answer: 'json' | 'none' | 'file';
}

/** Sends one call, its repetitions included; throws ApiError or NoAnswerError. */
export type Send = <T>(call: Call, options?: CallOptions) => Promise<T>;

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** The transport that all generated methods share. */
export function createSend(given: ClientOptions): Send {
  const sleep = given.sleep ?? pause;
  const random = given.random ?? Math.random;
  const attemptsMax = given.attemptsMax ?? 4;
  return async <T>(call: Call, options: CallOptions = {}): Promise<T> => {
    const request = requestOf(given, call, options);
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(given, call, request, options.signal);
      if (outcome.ok) return outcome.value as T;
      const waitMs = isWorthRetrying(call.method, options.ifMatch !== undefined, outcome) ? pauseMs(attempt, outcome.error, random) : null;
      if (waitMs === null || attempt >= attemptsMax || options.signal?.aborted) throw outcome.error;
      await sleep(waitMs, options.signal);
    }
  };
}

interface PlainRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

function requestOf(given: ClientOptions, call: Call, options: CallOptions): PlainRequest {
  const url = new URL(`${given.baseUrl.replace(/\/$/, '')}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) url.searchParams.append(name, String(each));
  }
  const mediaType = call.raw?.mediaType ?? (call.json === undefined ? undefined : 'application/json');
  return {
    url: url.href,
    headers: {
      Accept: 'application/json, */*;q=0.5',
      Authorization: `Bearer ${given.key}`,
      ...(mediaType === undefined ? {} : { 'Content-Type': mediaType }),
      // The same in every attempt: the server answers a repetition with what it answered first.
      ...(call.method === 'POST' ? { 'Idempotency-Key': options.idempotencyKey ?? randomUUID() } : {}),
      ...(options.ifMatch === undefined ? {} : { 'If-Match': `"${options.ifMatch}"` }),
      ...given.headers,
      ...options.headers,
    },
    body: call.raw?.content ?? (call.json === undefined ? undefined : JSON.stringify(call.json)),
  };
}

/** What came of one attempt. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ApiError | NoAnswerError; readonly shouldRetry: boolean | null };

async function attemptOnce(given: ClientOptions, call: Call, request: PlainRequest, signal: AbortSignal | undefined): Promise<Outcome> {
  const deadline = AbortSignal.timeout(given.timeoutMs ?? 30_000);
  try {
    const answer = await (given.fetch ?? fetch)(request.url, {
      method: call.method,
      headers: request.headers,
      // A redirect would take the key elsewhere.
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      ...(request.body === undefined ? {} : { body: request.body as string }),
    });
    const text = await readText(answer, given.answerBytesMax ?? ANSWER_BYTES_MAX);
    return answer.ok ? { ok: true, value: contentOf(call, text) } : refusedBy(answer, text);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : new Error(String(error));
    const key = request.headers['Idempotency-Key'];
    // It may have been done: with this key it can be asked again without doing it twice.
    const again = key === undefined ? '' : ` (Idempotency-Key ${key})`;
    return {
      ok: false,
      error: new NoAnswerError(`${call.method} ${call.path}: ${cause.message}${again}`, { cause: error }),
      shouldRetry: null,
    };
  }
}

function contentOf(call: Call, text: string): unknown {
  if (call.answer === 'none') return undefined;
  return call.answer === 'file' ? text : JSON.parse(text);
}

function refusedBy(answer: Response, text: string): Outcome {
  const error = apiErrorOf(answer.status, answer.headers, parsedOrNull(text), retryAfterMsOf(answer.headers, Date.now()));
  const asked = answer.headers.get('x-should-retry');
  return { ok: false, error, shouldRetry: asked === null ? null : asked === 'true' };
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readText(answer: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
