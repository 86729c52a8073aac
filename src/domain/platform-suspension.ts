import type { Holder } from './account.ts';
import type { PhoneNumber } from './number.ts';

type Suspended = Pick<PhoneNumber, 'suspendedBy'>;

/** A number given back keeps what the platform said against it, for the case that the same payer takes it again. */
export const keptInStock = ({ suspendedBy }: Suspended): Suspended => ({ suspendedBy: suspendedBy.filter((who) => who === 'platform') });

/**
 * What stays on a stock number that `buyer` takes: nothing for a new payer (decision B7); for the one that had it last the platform's
 * suspension, which giving back and buying again does not lift (decision B25).
 */
export const keptFor = (number: Suspended & Pick<PhoneNumber, 'lastHolder'>, buyer: Holder): Suspended =>
  number.lastHolder?.ownerAccountId === buyer.ownerAccountId ? keptInStock(number) : { suspendedBy: [] };
