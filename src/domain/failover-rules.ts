/** Which ends of an attempt move on, and how long each is waited for: said by a gateway, its group, or the platform; absent: as the level above. */
export interface FailoverRules {
  /** Statuses upon which the next target is tried: `503`, or a whole class as `5xx`. A status by itself beats a class. */
  readonly nextOn?: readonly string[];
  /** Statuses that end the search. */
  readonly finalOn?: readonly string[];
  readonly noResponse?: 'next' | 'final';
  readonly ringTimeout?: 'next' | 'final';
  /** Until any response. */
  readonly firstResponseMs?: number;
  /** Until the answer. */
  readonly ringMs?: number;
  /** Whose early media the caller hears: the last target's, that of the first who sends some, or nobody's (decision C17). */
  readonly earlyMedia?: 'last' | 'first' | 'never';
  /** What follows a failure once the caller has heard early media. */
  readonly afterEarlyMedia?: 'next' | 'final';
  /** What a redirect is: a failure, or more targets (RFC 3261 §8.1.3.4). */
  readonly redirect?: 'next' | 'follow';
  /** Of a group: attempts at its gateways in one call; of the platform: attempts in one call. */
  readonly attemptsMax?: number;
}

/** A status or a class of them: `404`, `5xx`. */
export const STATUS_PATTERN = /^[3-6](?:[0-9]{2}|xx)$/;

/** What these lists say of a status: the word of the nearest level that has one, a status by itself before its class; null: nothing. */
export function ruledStatus(status: number, { nextOn, finalOn }: FailoverRules): 'next' | 'final' | null {
  const exact = String(status);
  if (finalOn?.includes(exact) === true) return 'final';
  if (nextOn?.includes(exact) === true) return 'next';
  const kind = `${exact[0]}xx`;
  if (finalOn?.includes(kind) === true) return 'final';
  return nextOn?.includes(kind) === true ? 'next' : null;
}

const lists = (near: readonly string[] | undefined, far: readonly string[] | undefined, except: readonly string[] | undefined) => {
  const kept = [...new Set([...(near ?? []), ...(far ?? []).filter((item) => except?.includes(item) !== true)])];
  return kept.length === 0 ? undefined : kept;
};

/** The rules of two levels as one: what the nearer says of a status, or of anything, goes before what the farther says. */
export function mergedRules(near: FailoverRules | undefined, far: FailoverRules): FailoverRules {
  if (near === undefined) return far;
  const nextOn = lists(near.nextOn, far.nextOn, near.finalOn);
  const finalOn = lists(near.finalOn, far.finalOn, near.nextOn);
  const { nextOn: _next, finalOn: _final, ...rest } = { ...far, ...near };
  return { ...rest, ...(nextOn === undefined ? {} : { nextOn }), ...(finalOn === undefined ? {} : { finalOn }) };
}
