/** The called side of a call between two accounts: its own call too, of which it sees what it was shown. */
export interface CalleeSide {
  readonly accountId: string;
  readonly subAccountId: string | null;
  readonly numberId: string;
  /** The presented caller; `anonymous` under privacy. */
  readonly caller: string;
}
