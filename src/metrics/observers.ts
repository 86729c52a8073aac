import { Counter, Gauge, type Registry } from 'prom-client';
import { PREFIX } from './registry.ts';

/** Label values and a figure. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Defines a gauge that is asked for at every scrape. */
function observed(registry: Registry, name: string, help: string, labelNames: readonly string[], ask: () => Iterable<Sample>): void {
  new Gauge({
    name: PREFIX + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of ask()) this.set(labels, value);
    },
  });
}

/** What the front knows of a process beside it. */
interface ObservedChild {
  readonly status: string;
  readonly restarts: number;
}

/** Every process of this daemon: whether it runs, and how often it was started again. */
export function observeChildren(registry: Registry, children: () => Readonly<Record<string, ObservedChild>>): void {
  observed(registry, 'child_up', 'Whether a process of this daemon runs: 1 or 0.', ['child'], () =>
    Object.entries(children()).map(([child, { status }]) => [{ child }, status === 'up' ? 1 : 0]),
  );
  new Counter({
    name: `${PREFIX}child_restarts_total`,
    help: 'How often a process of this daemon was started again after it ended by itself.',
    labelNames: ['child'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [child, { restarts }] of Object.entries(children())) this.inc({ child }, restarts);
    },
  });
}

/** Every part this process needs: whether it works without it, or in a lesser way (decision C10). Asked at every scrape. */
export function observeParts(registry: Registry, ask: () => Promise<readonly { readonly part: string; readonly up: boolean }[]>): void {
  new Gauge({
    name: `${PREFIX}degraded`,
    help: 'Whether this process works without a part it needs, or in a declared lesser way: 1 or 0.',
    labelNames: ['part'],
    registers: [registry],
    async collect() {
      const parts = await ask();
      this.reset();
      for (const { part, up } of parts) this.set({ part }, up ? 0 : 1);
    },
  });
}

/** What an agent tells of itself; null until it has the records it decides on. */
interface ObservedAgent {
  readonly mode: string;
  readonly connected: number;
  readonly journal: { readonly state: string; readonly bytes: number };
  readonly registrations: number;
  readonly bans: { readonly size: number; readonly made: number };
}

/** This agent's way of deciding and its SIP servers (decision C10). */
export function observeAgent(registry: Registry, agent: () => ObservedAgent | null, servers: number): void {
  observed(registry, 'agent_degraded', 'Whether this agent decides without Redis on what it last knew: 1 or 0.', [], () => [
    [{}, agent()?.mode === 'degraded' ? 1 : 0],
  ]);
  observed(registry, 'journal_ok', 'Whether the disk takes the journal of this agent: 1 or 0.', [], () => [
    [{}, (agent()?.journal.state ?? 'ok') === 'ok' ? 1 : 0],
  ]);
  observed(registry, 'journal_bytes', 'Bytes of call events on the disk that are not known to be in Postgres.', [], () => [
    [{}, agent()?.journal.bytes ?? 0],
  ]);
  observed(registry, 'registrations', 'Phones that are registered, the same from every agent; counted with the leases.', [], () => [
    [{}, agent()?.registrations ?? 0],
  ]);
  observed(
    registry,
    'sip_bans',
    'Sources that are not answered because they failed to log in too often; the same from every agent.',
    [],
    () => [[{}, agent()?.bans.size ?? 0]],
  );
  new Counter({
    name: `${PREFIX}sip_bans_total`,
    help: 'Bans this agent put.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(agent()?.bans.made ?? 0);
    },
  });
  observed(registry, 'sip_servers', 'SIP servers of this agent, by state of the control connection.', ['state'], () => {
    const connected = agent()?.connected ?? 0;
    return [
      [{ state: 'connected' }, connected],
      [{ state: 'lost' }, servers - connected],
    ];
  });
}

/** Gateways that calls or pings met: 1 up, 0 down. */
export function observeGateways(
  registry: Registry,
  known: () => readonly { readonly trunkGroupId: string; readonly gatewayId: string; readonly up: boolean }[],
): void {
  observed(registry, 'gateway_up', 'Whether a gateway that calls or pings met is up: 1 or 0.', ['trunk_group', 'gateway'], () =>
    known().map(({ trunkGroupId, gatewayId, up }) => [{ trunk_group: trunkGroupId, gateway: gatewayId }, up ? 1 : 0]),
  );
}

/** Channels that calls of this agent hold, by kind of limit (decision C9). */
export function observeLeases(registry: Registry, held: () => Readonly<Record<string, number>>): void {
  observed(registry, 'leases', 'Channels of limits that calls of this agent hold.', ['scope'], () =>
    Object.entries(held()).map(([scope, count]) => [{ scope }, count]),
  );
}

/** What the worker counts from time to time, and when it last did. */
export interface SystemFigures {
  numbers(counts: Readonly<Record<string, number>>): void;
  agents(agents: readonly { readonly alive: boolean; readonly mode: string }[]): void;
  /** The routing plane is complete (true), or missing, older or out of reach (false). */
  planeReady(ready: boolean): void;
}

const AGENT_STATES = ['normal', 'degraded', 'draining', 'dead'];

/** Figures of the whole system, the same from every worker. */
export function systemFigures(registry: Registry): SystemFigures {
  const define = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: PREFIX + name, help, labelNames, registers: [registry] });
  const numbers = define('numbers', 'Live numbers by lifecycle, counted once a minute.', ['lifecycle']);
  const agents = define('agents', 'Agents by state, as their heartbeats tell.', ['state']);
  const ready = define('plane_ready', 'Whether Redis holds every record of PostgreSQL: 1 or 0.', []);
  return {
    numbers: (counts) => {
      for (const [lifecycle, count] of Object.entries(counts)) numbers.set({ lifecycle }, count);
    },
    agents: (list) => {
      for (const state of AGENT_STATES) {
        agents.set({ state }, list.filter((agent) => (agent.alive ? agent.mode : 'dead') === state).length);
      }
    },
    planeReady: (isReady) => ready.set(isReady ? 1 : 0),
  };
}
