import type { Holder } from '../../domain/account.ts';
import { UNLINKED_MS } from '../../domain/document.ts';
import type { Mode } from '../../domain/records.ts';
import type { References } from '../../domain/requirement.ts';
import type { Transaction } from '../ports/store.ts';

/** Finds which of the offered values name addresses and documents of the holder's, and keeps those until the transaction ends. */
export async function takeReferences(
  tx: Transaction,
  { holder, mode }: { readonly holder: Holder; readonly mode: Mode },
  offered: readonly { readonly value: string }[],
  nowMs: number,
): Promise<References> {
  const ids = [...new Set(offered.map(({ value }) => value))];
  return ids.length === 0 ? new Set() : tx.references.take({ holder, mode }, ids, nowMs, nowMs - UNLINKED_MS);
}
