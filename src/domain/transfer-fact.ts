import type { Mode } from './records.ts';

/** A call that a party of another one asked for with a REFER (RFC 3515); it is placed for the account that has that call. */
export interface TransferFact {
  /** The call whose party is to be transferred. */
  readonly callId: string;
  readonly accountId: string;
  readonly subAccountId: string | null;
  readonly mode: Mode;
  /** The account's number in that call, which the new one presents. */
  readonly e164: string;
  /** The customer's trunk group in that call, whose limits and destinations hold for the new one too; absent: it had none. */
  readonly trunkGroupId?: string;
}
