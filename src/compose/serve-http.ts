import type { FailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import type { OnceDeps } from '../app/idempotency/once.ts';
import type { HttpMetrics } from '../app/ports/metrics.ts';
import type { Config } from '../config/load-config.ts';
import type { Face } from '../http/face.ts';
import type { HealthPort } from '../http/health.ts';
import { createHttpServer, type HttpServerConfig } from '../http/server.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { RunningRole } from './running-role.ts';

/** What a role serves over HTTP. */
export interface ServeOptions {
  readonly config: Config;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly faces: readonly Face[];
  readonly health: HealthPort;
  readonly metrics: HttpMetrics;
  readonly metricsText: () => Promise<string>;
  readonly failedAuth: FailedAuthLimiter;
  readonly once: OnceDeps | null;
  readonly isStoreAway: (error: unknown) => boolean;
}

/** Serves HTTP_PORT, and OPS_PORT where one is set (decision B35); the role then is what the lifecycle holds plus these. */
export async function serveHttp(options: ServeOptions): Promise<RunningRole> {
  const { config, lifecycle, log } = options;
  const { http, ops } = config;
  const ownOps = ops.port !== undefined;
  const operations = !ownOps && (isLoopbackHost(http.host) || ops.public);
  if (!ownOps && !operations) log.warn('metrics and admin are not served: set OPS_PORT, or OPS_PUBLIC=true', { host: http.host });
  const common: Omit<HttpServerConfig, 'serves'> = {
    trustProxy: trustProxyOf(http.trustProxy),
    connectionsMax: http.connectionsMax,
    bodyBytesMax: http.bodyBytesMax,
    requestTimeoutMs: http.requestTimeoutMs,
    headersTimeoutMs: http.headersTimeoutMs,
    keepAliveTimeoutMs: http.keepAliveTimeoutMs,
    drainLeadMs: http.drainLeadMs,
    publicUrl: http.publicUrl ?? null,
  };
  const open = async (host: string, port: number, serves: HttpServerConfig['serves']): Promise<string> => {
    const server = createHttpServer({ ...options, config: { ...common, serves } });
    const { url } = await server.listen(host, port);
    lifecycle.add({ name: `http ${url}`, drain: (ms) => server.drain(ms), stop: () => server.stop() });
    return url;
  };
  const url = await open(http.host, http.port, { faces: options.faces.length > 0, operations });
  const opsUrl = ops.port === undefined ? url : await open(ops.host ?? http.host, ops.port, { faces: false, operations: true });
  log.info('listening', { url, ops_url: opsUrl });
  return {
    info: { ...(options.faces.length > 0 ? { http_url: url } : {}), probe_url: url, metrics_url: `${opsUrl}/metrics` },
    drain: (deadlineMs) => lifecycle.drain(deadlineMs),
    async stop() {
      for (const error of await lifecycle.stop()) log.warn('part did not stop cleanly', { error: error.message });
    },
  };
}

/** One number is a count of hops; anything else is a list of addresses. */
function trustProxyOf(entries: readonly string[]): HttpServerConfig['trustProxy'] {
  const [first] = entries;
  if (first === undefined) return false;
  return /^[1-9]$/.test(first) ? Number(first) : entries;
}
