/** A leg that leaves as a call out of whoever passed the call on, and is paid for and counted as theirs (decision C6). */
export interface Leaving {
  readonly accountId: string;
  readonly subAccountId: string | null;
  /** The number that passed it on. */
  readonly numberId: string;
  /** E.164 of where it goes. */
  readonly called: string;
}
