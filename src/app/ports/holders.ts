/** Who has had a number, and when. */
export interface HolderStore {
  /**
   * The latest call, in ms, that any other sub-account than this one had with the number in a time of its own that is over; null when
   * there was none. A call from before that time is not its own.
   */
  lastCallOfOthers(numberId: string, subAccountId: string): Promise<number | null>;
  /** Ids of the numbers a sub-account holds, in id order, at most `countMax`. */
  numbersOf(subAccountId: string, countMax: number): Promise<readonly string[]>;
  /** Since when the present holder has the number, in ms; null without one. */
  since(numberId: string): Promise<number | null>;
}
