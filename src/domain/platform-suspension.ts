import type { Holder } from './account.ts';
import type { PhoneNumber } from './number.ts';

type Suspended = Pick<PhoneNumber, 'suspendedBy' | 'suspensionAside'>;
type InStock = Suspended & Pick<PhoneNumber, 'lastHolder'>;

/** A number given back keeps what the platform said against it, for the case that the same payer takes it again. */
export const keptInStock = ({ suspendedBy }: Suspended): Suspended => ({ suspendedBy: suspendedBy.filter((who) => who === 'platform') });

const wasOf = ({ lastHolder }: InStock, { ownerAccountId }: Holder): boolean => lastHolder?.ownerAccountId === ownerAccountId;

/**
 * What stays on a stock number that `buyer` takes: nothing for a new payer (decision B7); for the one that had it last the platform's
 * suspension, which giving back and buying again does not lift (decision B25), nor does an order of somebody else that comes to nothing.
 */
export function keptFor(number: InStock, buyer: Holder): Suspended {
  if (wasOf(number, buyer)) return keptInStock(number);
  return number.suspendedBy.includes('platform') ? { suspendedBy: [], suspensionAside: true } : { suspendedBy: [] };
}

/** What a number that `holder` ordered takes back to stock: what it came with, and what was said against the same payer meanwhile. */
export const givenBackBy = (number: InStock, holder: Holder): Suspended =>
  number.suspensionAside === true ? { suspendedBy: ['platform'] } : wasOf(number, holder) ? keptInStock(number) : { suspendedBy: [] };
