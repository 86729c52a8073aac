import type { RebuildProgress } from '../app/ports/plane-history.ts';
import type { HealthPort, Readiness } from '../http/health.ts';
import { bounded } from '../kit/lifecycle.ts';

/** How one part is: fine, working in a declared lesser way, or not. */
export interface PartState {
  readonly status: 'up' | 'degraded' | 'down';
  readonly [fact: string]: unknown;
}

/** How far a rebuild of the plane is, for whoever looks at readiness. */
export const rebuildPart = (rebuild: RebuildProgress | null): Readonly<Record<string, unknown>> =>
  rebuild === null ? {} : { rebuild: { kind: rebuild.kind, written: rebuild.written, total: rebuild.total } };

const CHECK_MS = 1500;

/** Asks every part, each bounded in time; ready while none is down (degraded parts work in a declared mode, decision C10). */
export function readinessOf(checks: Readonly<Record<string, () => PartState | Promise<PartState>>>): HealthPort {
  return {
    async readiness(): Promise<Readiness> {
      const entries = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await ask(name, check)] as const));
      const states = entries.map(([, { status }]) => status);
      const ready = !states.includes('down');
      const status = ready ? (states.includes('degraded') ? 'degraded' : 'ready') : 'not_ready';
      return { ready, status, parts: Object.fromEntries(entries) };
    },
  };
}

async function ask(name: string, check: () => PartState | Promise<PartState>): Promise<PartState> {
  try {
    return (await bounded(Promise.resolve(check()), CHECK_MS, name)) ?? { status: 'down' };
  } catch {
    // The error may name hosts or users; which part it is says enough.
    return { status: 'down' };
  }
}
