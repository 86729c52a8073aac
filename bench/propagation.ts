import { setTimeout as pause } from 'node:timers/promises';
import type { Product } from './product.ts';
import type { Provisioned } from './provision.ts';

/** What a run of changes came to; times from sending the PATCH to its whole answer. */
export interface PropagationFigures {
  readonly changes: number;
  /** Answers that were not 200 with `Dialplane-Propagation: applied` (decision B17). */
  readonly notApplied: number;
  readonly tookMs: readonly number[];
}

/** Sends changes at a steady rate, each a real one (a flag that turns), over the account's numbers in turn. */
export async function measurePropagation(
  product: Product,
  { numbers, key }: Provisioned,
  pace: { changes: number; perSecond: number },
): Promise<PropagationFigures> {
  const tookMs: number[] = [];
  let notApplied = 0;
  const startedAt = performance.now();
  const change = async (at: number): Promise<void> => {
    const number = numbers[at % numbers.length];
    const allowOutbound = Math.floor(at / numbers.length) % 2 === 0;
    const sentAt = performance.now();
    const answer = await product.request('PATCH', `/phone-numbers/${number?.id}`, { allow_outbound: allowOutbound }, key);
    tookMs.push(performance.now() - sentAt);
    if (answer.status !== 200 || answer.headers.get('dialplane-propagation') !== 'applied') notApplied += 1;
  };
  const running: Promise<void>[] = [];
  for (let at = 0; at < pace.changes; at += 1) {
    // Sent by the clock, not after the answer before: a slow answer must not slow the load that it suffers from.
    await pause(Math.max(0, startedAt + (at * 1000) / pace.perSecond - performance.now()));
    running.push(change(at));
  }
  await Promise.all(running);
  return { changes: pace.changes, notApplied, tookMs };
}
