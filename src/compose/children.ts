import type { Registry } from 'prom-client';
import { type ChildStatus, onSupervisorMessage } from '../kit/child-process.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import { observeChildren } from '../metrics/observers.ts';
import { mergeMetrics } from './merge-metrics.ts';

/** The other processes of this system, as the supervisor last told. */
export interface Children {
  current(): Readonly<Record<string, ChildStatus>>;
  /** This process's exposition; the front's has those of all others that answer within the deadline in it. */
  metricsText(): Promise<string>;
}

const FETCH_MS = 1500;
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * Follows the supervisor's word on the other processes; without a supervisor there are none. The front (who owns HTTP_PORT and
 * OPS_PORT) speaks for all of them (decision C18).
 */
export function followChildren(registry: Registry, lifecycle: Lifecycle): Children {
  const isFront = process.env.DIALPLANE_FRONT === 'true';
  let children: Readonly<Record<string, ChildStatus>> = {};
  const stop = onSupervisorMessage((message) => {
    if (message.type === 'children') children = message.children;
  });
  lifecycle.add({ name: 'children', stop: async () => stop() });
  if (isFront) observeChildren(registry, () => children);
  const metricsOfOthers = async (): Promise<string[]> => {
    const urls = Object.values(children).flatMap(({ pid, metrics_url: url }) => (url === undefined || pid === process.pid ? [] : [url]));
    return (await Promise.all(urls.map(fetchText))).filter((text) => text !== null);
  };
  return {
    current: () => children,
    metricsText: async () => (isFront ? mergeMetrics([await registry.metrics(), ...(await metricsOfOthers())]) : registry.metrics()),
  };
}

/** A process that does not answer is missing in the sum, and its absence shows in `/readyz`. */
async function fetchText(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
    const text = await answer.text();
    return answer.ok && text.length <= BYTES_MAX ? text : null;
  } catch {
    return null;
  }
}
