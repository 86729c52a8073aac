import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EngineCounters } from './counters.ts';
import { metricsText } from './metrics-text.ts';

/** The operations port of the engine's process. */
export interface HealthServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves `/livez`, `/readyz` (503 while `draining`) and `/metrics` on a loopback port the kernel chooses. */
export async function startHealthServer(counters: () => EngineCounters, draining: () => boolean): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    };
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') send(405, 'text/plain', 'method not allowed\n');
    else if (path === '/livez') send(200, 'application/json', '{"status":"ok"}');
    else if (path === '/readyz') send(draining() ? 503 : 200, 'application/json', readiness(counters(), draining()));
    else if (path === '/metrics') send(200, 'text/plain; version=0.0.4; charset=utf-8', metricsText(counters()));
    else send(404, 'text/plain', 'not found\n');
  });
  server.requestTimeout = 5000;
  server.maxConnections = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function readiness(counters: EngineCounters, draining: boolean): string {
  const status = draining ? 'draining' : 'ready';
  return JSON.stringify({ status, applications: counters.applications, dialogs: counters.dialogs, transactions: counters.transactions });
}
