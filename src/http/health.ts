import express, { type Request, type Response, type Router } from 'express';
import { bounded } from '../kit/lifecycle.ts';
import { problemAnswer } from './problem.ts';
import { contextOf } from './request-context.ts';
import { sendAnswer } from './send-answer.ts';

/** How the process and its parts are. */
export interface Readiness {
  readonly ready: boolean;
  /** `ready`, `starting`, `draining`, `degraded` … */
  readonly status: string;
  readonly parts: Readonly<Record<string, unknown>>;
}

/** Who knows. */
export interface HealthPort {
  readiness(): Readiness | Promise<Readiness>;
}

export interface HealthOptions {
  readonly health: HealthPort;
  readonly metricsText: () => Promise<string>;
  readonly draining: () => boolean;
  /** False: `/metrics` is not served and `/readyz` tells its status only (decision B35). */
  readonly operations: boolean;
}

const PROBE_MS = 2000;

/** `/livez`, `/readyz` and `/metrics`. */
export function healthRouter(options: HealthOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: false });
  const serve = (path: string, answer: (requestId: string) => Promise<Parameters<typeof sendAnswer>[2]>) =>
    router.get(path, async (req: Request, res: Response) => {
      const context = contextOf(res);
      context.face = 'ops';
      context.route = path;
      await sendAnswer(req, res, await answer(context.requestId));
    });
  serve('/livez', async () => ({ status: 200, body: { status: 'live' } }));
  serve('/readyz', async () => {
    const { ready, status, parts } = await readinessOf(options);
    return { status: ready ? 200 : 503, body: options.operations ? { status, ready, parts } : { status, ready } };
  });
  if (!options.operations) return router;
  serve('/metrics', async (requestId) => {
    const text = await bounded(options.metricsText(), PROBE_MS, 'metrics').catch(() => undefined);
    if (text === undefined) return problemAnswer({ status: 503, title: 'Service Unavailable', code: 'unavailable' }, requestId);
    return { status: 200, text, headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' } };
  });
  return router;
}

async function readinessOf({ health, draining }: HealthOptions): Promise<Readiness> {
  const found = await bounded(Promise.resolve(health.readiness()), PROBE_MS, 'readiness').catch(() => undefined);
  const known = found ?? { ready: false, status: 'unknown', parts: {} };
  return draining() ? { ...known, ready: false, status: 'draining' } : known;
}
