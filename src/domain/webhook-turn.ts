/** What is being sent now beside a delivery, by all workers, and what waits. */
export interface TurnLoad {
  /** To the same webhook. */
  readonly sending: number;
  /** How long the oldest of those has been under way, ms. */
  readonly sendingMs: number;
  /** To all webhooks of the same owner and its sub-accounts. */
  readonly ownerSending: number;
  /** How long the oldest of those has been under way, ms. */
  readonly ownerSendingMs: number;
  /** To the same webhook, the delivery itself included; counted so far only. */
  readonly waiting: number;
}

/** How many deliveries are sent at a time. */
export interface TurnRules {
  /** To one webhook. */
  readonly atOnceMax: number;
  /** To all webhooks of an owner and its sub-accounts: one that has many receivers which do not answer leaves room for the others. */
  readonly ownerAtOnceMax: number;
  /** What one try takes at most, ms. */
  readonly timeoutMs: number;
}

const WAIT_MS_MIN = 100;
const WAIT_MS_MAX = 600_000;
/** What a receiver that works takes for one event at least, about. */
const ANSWER_MS = 100;

/**
 * How long a delivery lets others go first, ms; null: it is its turn. The longer the queue and the slower its receiver, the later it
 * asks again, so that asking does not keep the workers busy. A receiver is as slow as what is under way to it has been so far,
 * whatever it answers in the end; one that fails takes its whole time for each. `random` is in [0, 1).
 */
export function turnWaitMs(rules: TurnRules, load: TurnLoad, isFailing: boolean, random: number): number | null {
  const isFull = load.sending >= rules.atOnceMax;
  if (!isFull && load.ownerSending < rules.ownerAtOnceMax) return null;
  const seenMs = Math.max(isFull ? load.sendingMs : load.ownerSendingMs, ANSWER_MS);
  const eachMs = isFailing ? rules.timeoutMs : Math.min(seenMs, rules.timeoutMs);
  return Math.round(WAIT_MS_MIN + random * Math.min((eachMs * load.waiting) / rules.atOnceMax, WAIT_MS_MAX));
}
