import type { PhoneNumber } from '../../domain/number.ts';

/** True when a number may ring this endpoint or trunk group: its own holder's, in its own mode (decision B12); null is none. */
export function isUsableBy(number: PhoneNumber, found: { readonly accountId: string | null; readonly mode: string } | null): boolean {
  const holderAccountId = number.holder?.subAccountId ?? number.holder?.ownerAccountId;
  return found !== null && found.accountId === holderAccountId && found.mode === number.mode;
}
