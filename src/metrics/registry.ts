import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Every series of ours begins with it. */
export const PREFIX = 'dialplane_';

/** Buckets for call timing: from a fast answer on loopback to the longest ring. */
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];
/** Buckets for one Redis trip. */
const TRIP_SECONDS = [0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
const HTTP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** These three of prom-client's defaults end in `_total` but are gauges, which `promtool check metrics` refuses. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** A registry with the process's own figures and build information; `role` labels the process-level series (decision C18). */
export function createRegistry(role: string, version: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Version of this build; always 1.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  return registry;
}

type Labels = readonly string[];

/** Defines a counter of ours. */
export const counter = (registry: Registry, name: string, help: string, labelNames: Labels = []) =>
  new Counter({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [registry] });

/** Defines a gauge of ours. */
export const gauge = (registry: Registry, name: string, help: string, labelNames: Labels = []) =>
  new Gauge({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [registry] });

/** Defines a histogram of ours over the buckets of its kind. */
export const histogram = (registry: Registry, name: string, help: string, kind: 'call' | 'trip' | 'http', labelNames: Labels = []) =>
  new Histogram({
    name: PREFIX + name,
    help,
    labelNames: [...labelNames],
    buckets: { call: CALL_SECONDS, trip: TRIP_SECONDS, http: HTTP_SECONDS }[kind],
    registers: [registry],
  });
