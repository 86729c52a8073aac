import type { Registry } from 'prom-client';
import type { RebuildProgress } from '../app/ports/plane-history.ts';
import type { HealthPort, Readiness } from '../http/health.ts';
import { bounded } from '../kit/lifecycle.ts';
import { observeParts } from '../metrics/observers.ts';

/** How one part is: fine, working in a declared lesser way, or not. */
export interface PartState {
  readonly status: 'up' | 'degraded' | 'down';
  readonly [fact: string]: unknown;
}

/** How far a rebuild of the plane is, for whoever looks at readiness. */
export const rebuildPart = (rebuild: RebuildProgress | null): Readonly<Record<string, unknown>> =>
  rebuild === null ? {} : { rebuild: { kind: rebuild.kind, written: rebuild.written, total: rebuild.total } };

type Checks = Readonly<Record<string, () => PartState | Promise<PartState>>>;

const CHECK_MS = 1500;

/** What is still done while a part is not there (decision C10), as `/readyz` names it; a part may say it itself. */
const LESSER_MODES: Readonly<Record<string, string>> = {
  postgres: 'calls_only',
  redis: 'changes_pending',
  plane: 'waiting_for_records',
  sip: 'no_calls',
  agents: 'last_known_good',
};

/**
 * Asks every part, each bounded in time; ready while none is down (degraded parts work in a declared mode, decision C10). The same
 * answers are `dialplane_degraded{part}` in the metrics.
 */
export function readinessOf(registry: Registry, checks: Checks): HealthPort {
  const askAll = (): Promise<(readonly [string, PartState])[]> =>
    Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await ask(name, check)] as const));
  observeParts(registry, async () => (await askAll()).map(([part, { status }]) => ({ part, up: status === 'up' })));
  return {
    async readiness(): Promise<Readiness> {
      const entries = await askAll();
      const states = entries.map(([, { status }]) => status);
      const ready = !states.includes('down');
      const status = ready ? (states.includes('degraded') ? 'degraded' : 'ready') : 'not_ready';
      return { ready, status, parts: Object.fromEntries(entries) };
    },
  };
}

async function ask(name: string, check: () => PartState | Promise<PartState>): Promise<PartState> {
  const mode = LESSER_MODES[name];
  const withMode = (state: PartState): PartState =>
    mode === undefined ? state : { ...state, mode: state.mode ?? (state.status === 'up' ? 'normal' : mode) };
  try {
    return withMode((await bounded(Promise.resolve(check()), CHECK_MS, name)) ?? { status: 'down' });
  } catch {
    // The error may name hosts or users; which part it is says enough.
    return withMode({ status: 'down' });
  }
}
