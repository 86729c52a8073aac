import { createServer, type ServerResponse } from 'node:http';
import type { Config } from '../config/load-config.ts';
import type { Logger } from '../kit/log.ts';
import { createRegistry } from '../metrics/registry.ts';

/** A role that runs in this process. */
export interface RunningRole {
  /** Facts for the supervisor and state.json: `http_url` (who owns HTTP_PORT), `metrics_url`. */
  readonly info: Record<string, unknown>;
  /** Takes no new work and finishes what runs, at most `deadlineMs` from now. */
  drain(deadlineMs: number): Promise<void>;
  /** Releases everything. */
  stop(): Promise<void>;
}

/** Starts one role. Placeholder until the roles are built: it serves its probes and metrics only. */
export async function startRole(role: 'api' | 'agent' | 'worker', config: Config, log: Logger): Promise<RunningRole> {
  const registry = createRegistry(role, '0.0.0');
  let draining = false;
  const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
    response.writeHead(status, { 'content-type': type, ...(draining ? { connection: 'close' } : {}) }).end(body);
  };
  const server = createServer((request, response) => {
    const json = 'application/json';
    if (request.url === '/livez') answer(response, 200, json, '{"status":"ok"}');
    else if (request.url === '/readyz')
      answer(response, draining ? 503 : 200, json, JSON.stringify({ status: draining ? 'draining' : 'ok' }));
    else if (request.url === '/metrics') void registry.metrics().then((text) => answer(response, 200, registry.contentType, text));
    else answer(response, 404, json, '{"status":404}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.http.port, config.http.host, resolve);
  });
  const address = server.address();
  const url = `http://${config.http.host}:${typeof address === 'object' && address !== null ? address.port : 0}`;
  log.info('role is up', { url });
  return {
    info: { ...(role === 'api' ? { http_url: url } : {}), metrics_url: `${url}/metrics` },
    drain: async () => {
      draining = true;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
