import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { FailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import type { OnceDeps } from '../app/idempotency/once.ts';
import type { HttpMetrics } from '../app/ports/metrics.ts';
import type { Logger } from '../kit/log.ts';
import { TokenBucket } from '../kit/token-bucket.ts';
import { docsRouter } from './docs-router.ts';
import { drainServer } from './drain-server.ts';
import { type Face, faceRouter } from './face.ts';
import { type HealthPort, healthRouter } from './health.ts';
import { faceAt, MOUNTS } from './mount-table.ts';
import { openApiRouter } from './openapi-router.ts';
import { problemAnswer } from './problem.ts';
import { contextOf, requestContext } from './request-context.ts';
import { sendAnswer } from './send-answer.ts';

/** Limits and manners of one listener; names as in the `http` settings. */
export interface HttpServerConfig {
  /** Express's `trust proxy`: addresses, or a number of hops; false: the peer is the client. */
  readonly trustProxy: readonly string[] | number | false;
  /** Connections at once; a further one is closed at once. */
  readonly connectionsMax: number;
  readonly bodyBytesMax: number;
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long a drain only tells of itself before it closes idle connections. */
  readonly drainLeadMs: number;
  /** How clients reach this server, for OpenAPI; null: relative. */
  readonly publicUrl: string | null;
  /** Decision B35: whether /metrics, /admin and the detail of /readyz are served here, and whether the other faces are. */
  readonly serves: { readonly faces: boolean; readonly operations: boolean };
}

export interface HttpServerOptions {
  readonly faces: readonly Face[];
  readonly health: HealthPort;
  readonly metricsText: () => Promise<string>;
  readonly metrics: HttpMetrics;
  /** Shared by all faces of the process: a guesser does not get a fresh allowance by changing dialects. */
  readonly failedAuth: FailedAuthLimiter;
  /** Keeps answers for `Idempotency-Key`; null only where no face is served. */
  readonly once: OnceDeps | null;
  /** Tells errors that say the store is away (503) from faults of ours (500). */
  readonly isStoreAway: (error: unknown) => boolean;
  readonly log: Logger;
  readonly config: HttpServerConfig;
}

export interface HttpServer {
  /** Binds and resolves with the bound address; port 0 is chosen by the kernel. */
  listen(host: string, port: number): Promise<{ readonly url: string; readonly port: number }>;
  /** From now on `/readyz` is 503 and every answer closes its connection; resolves when no request runs, or after `ms`. */
  drain(ms: number): Promise<void>;
  /** Accepts nothing more, gives what runs a last moment, and closes every connection. */
  stop(): Promise<void>;
  /** The application itself, for tests that look at its routes. */
  readonly app: Express;
}

const URL_CHARACTERS_MAX = 8192;
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 100;
const LAST_MOMENT_MS = 200;
const DROP_LINE_SECONDS = 60;

/** Node looks for slow clients every 30 s by itself, whatever the limits are. */
const checkEvery = ({ headersTimeoutMs, requestTimeoutMs }: HttpServerConfig): number =>
  Math.min(1000, Math.ceil(Math.min(headersTimeoutMs, requestTimeoutMs) / 4));

/** Builds the HTTP server of all faces. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { config } = options;
  let draining = false;
  const app = buildApp(options, () => draining);
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, requireHostHeader: true, connectionsCheckingInterval: checkEvery(config) },
    app,
  );
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = config.connectionsMax;
  tellDrops(server, options);
  server.requestTimeout = config.requestTimeoutMs;
  server.headersTimeout = config.headersTimeoutMs;
  server.keepAliveTimeout = config.keepAliveTimeoutMs;
  const ending = drainServer(server, config.drainLeadMs);
  return {
    app,
    listen: (host, port) => listen(server, host, port),
    drain(ms) {
      // It goes on listening: a balancer learns from /readyz, not from refused connections.
      draining = true;
      return ending.drain(ms);
    },
    stop() {
      draining = true;
      return ending.close(LAST_MOMENT_MS);
    },
  };
}

/** Not one line for each: who opens so many is not stopped by our log. */
function tellDrops(server: Server, { metrics, log, config }: HttpServerOptions): void {
  const lines = new TokenBucket(1 / DROP_LINE_SECONDS, 1);
  server.on('drop', () => {
    metrics.dropped();
    if (lines.take()) log.warn('HTTP connections are closed unread: there are too many', { max: config.connectionsMax });
  });
}

function buildApp(options: HttpServerOptions, draining: () => boolean): Express {
  const { faces, health, metricsText, metrics, log, config } = options;
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  // Each face reads its query itself (decision B30).
  app.set('query parser', false);
  app.set('trust proxy', Array.isArray(config.trustProxy) && config.trustProxy.length === 0 ? false : config.trustProxy);
  const served = faces.filter(({ name }) => (name === 'admin' ? config.serves.operations : config.serves.faces));
  app.use(requestContext({ log, metrics, draining }));
  app.use(
    helmet({ contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } } }),
  );
  app.use(refuseLongUrl);
  app.use(healthRouter({ health, metricsText, draining, operations: config.serves.operations }));
  app.use(openApiRouter(served, config.publicUrl));
  if (served.length > 0) app.use(docsRouter(served, config.publicUrl));
  const { failedAuth, isStoreAway, once } = options;
  if (once === null && served.length > 0) throw new Error('faces need a place to keep answers');
  for (const mount of MOUNTS) {
    const face = served.find(({ name }) => name === mount.face);
    if (face === undefined || once === null) continue;
    const faceDeps = { log, failedAuth, isStoreAway, once, bodyBytesMax: config.bodyBytesMax };
    app.use(mount.at === '' ? '/' : mount.at, faceRouter(face, mount, faceDeps));
  }
  app.use(notFound);
  app.use(lastResort(served, log));
  return app;
}

const refuseLongUrl: RequestHandler = (req, res, next) => {
  if (req.url.length <= URL_CHARACTERS_MAX) return next();
  return sendAnswer(req, res, problemAnswer({ status: 414, title: 'URI Too Long', code: 'uri_too_long' }, contextOf(res).requestId));
};

/** A path no face knows has no dialect (decision B2). */
const notFound = (req: Request, res: Response): Promise<void> =>
  sendAnswer(req, res, problemAnswer({ status: 404, title: 'Not Found', code: 'not_found' }, contextOf(res).requestId));

/** What reaches this was thrown by routing: a path that is no UTF-8 after decoding, or a fault. */
function lastResort(faces: readonly Face[], log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const { requestId } = contextOf(res);
    const malformed = error instanceof URIError;
    if (!malformed) log.error('request failed', { request_id: requestId, error: error instanceof Error ? error.stack : String(error) });
    const face = faces.find(({ name }) => name === faceAt(req.path));
    const refusal = malformed ? ({ kind: 'malformed_url' } as const) : ({ kind: 'fault' } as const);
    const problem = malformed
      ? { status: 400, title: 'Bad Request', code: 'malformed_url' }
      : { status: 500, title: 'Internal Server Error', code: 'internal' };
    return sendAnswer(req, res, face?.render(refusal, { operation: null, requestId }) ?? problemAnswer(problem, requestId));
  };
}

function listen(server: Server, host: string, port: number): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const bound = server.address() as AddressInfo;
      const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
      resolve({ url: `http://${name}:${bound.port}`, port: bound.port });
    });
  });
}
