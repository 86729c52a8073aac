import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import type { Readable } from 'node:stream';

/** An answer with its body as text. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request; `body` is text, sent with its length, or a stream, sent as it comes. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Readable;
}

/** A client on connections that stay open; `fetch` costs several times the processor time, which the measured server would lack. */
export interface HttpClient {
  /** Throws on no answer within 60 s. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

const ANSWER_MS_MAX = 60_000;

/** Opens at most `connections` connections to the server at `url`. */
export function createHttpClient(url: string, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const { hostname, port } = new URL(url);
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};
        const sent = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
          response.on('error', reject);
        });
        sent.setTimeout(ANSWER_MS_MAX, () => sent.destroy(new Error(`${method} ${path}: no answer within ${ANSWER_MS_MAX} ms`)));
        sent.on('error', reject);
        if (body === undefined || typeof body === 'string') sent.end(body);
        else body.on('error', (error) => sent.destroy(error)).pipe(sent);
      }),
    close: () => agent.destroy(),
  };
}

/** The body of an answer with the wanted status; otherwise throws saying what came. */
export function expectStatus(answer: HttpAnswer, status: number, what: string): string {
  if (answer.status === status) return answer.text;
  throw new Error(`${what}: expected ${status}, got ${answer.status} ${answer.text.slice(0, 400)}`);
}
