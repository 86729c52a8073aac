import { readFileSync } from 'node:fs';
import { type HeldByProcess, heldBy } from './process-inspector.ts';
import { expectAnswer, type Product } from './product.ts';
import { counterSum } from './quantiles.ts';

/** What one process of the product holds; `held` is told by Node alone. */
export interface Holdings {
  readonly name: string;
  readonly residentBytes: number;
  readonly held: (HeldByProcess & { readonly timers: number }) | undefined;
}

/** What calls leave behind when something is wrong. */
export interface Left {
  readonly calls: number;
  readonly dialogs: number;
  readonly transactions: number;
  readonly leases: number;
}

/** Nothing of a call is left. */
export const isEmpty = (left: Left): boolean => Object.values(left).every((count) => count === 0);

const NODE_PROGRAMS = /^(supervisor|api|agent|worker|engine)/;

/** Every process of the product with its garbage collected. */
export async function holdingsOf(product: Product): Promise<Holdings[]> {
  const all: Holdings[] = [];
  for (const [role, pids] of Object.entries(product.pids())) {
    for (const [index, pid] of pids.entries()) {
      const name = pids.length === 1 ? role : `${role} ${index + 1}`;
      const held = NODE_PROGRAMS.test(role) ? await heldBy(pid) : undefined;
      const timers = held?.resources['Timeout'] ?? 0;
      all.push({ name, residentBytes: residentBytes(pid), held: held === undefined ? undefined : { ...held, timers } });
    }
  }
  return all;
}

/** VmRSS of proc(5). */
function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** What is left of calls in the engine, the agents, and the leases of an account. */
export async function leftIn(product: Product, accountId: string): Promise<Left> {
  const metrics = await product.metrics();
  const path = `/admin/v1/limits/account/${accountId}/holders`;
  const holders = expectAnswer<{ data: unknown[] }>(await product.request('GET', path), 200, `GET ${path}`);
  return {
    calls: counterSum(metrics, 'dialplane_calls_active'),
    dialogs: counterSum(metrics, 'dialplane_sip_dialogs'),
    transactions: counterSum(metrics, 'dialplane_sip_transactions'),
    leases: holders.data.length,
  };
}
