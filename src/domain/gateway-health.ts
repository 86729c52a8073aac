import type { CallParties, Candidate } from './call.ts';
import type { AttemptEnd } from './failover.ts';
import type { HealthRules } from './gateway-terms.ts';

/** What a gateway's own rules do not say. */
export const DEFAULT_HEALTH = {
  pingTimeoutMs: 4000,
  failStatuses: [503],
  downAfter: 3,
  upAfter: 1,
  retryMs: 30_000,
  whenDown: 'last',
} as const satisfies HealthRules;

/** What the end of an attempt says of a gateway; null: nothing. An address that cannot be found counts, a reason of ours does not. */
export function healthOf({ outcome, sipStatus }: AttemptEnd, why: string, rules: HealthRules): 'good' | 'bad' | null {
  switch (outcome) {
    case 'answered':
    case 'ring_timeout':
      return 'good';
    case 'no_response':
      return 'bad';
    case 'unreachable':
      return why === NO_ADDRESS ? 'bad' : null;
    case 'failed':
      return (rules.failStatuses ?? DEFAULT_HEALTH.failStatuses).some((status) => status === sipStatus) ? 'bad' : 'good';
    default:
      return null;
  }
}

/** Why nothing was sent to a name that leads nowhere. */
export const NO_ADDRESS = 'no address';

/** Whose failure it may be where it is not the gateway's own. */
export interface MaybeOfCall {
  /** What was called. */
  readonly called: string;
  /** Who chose that: an account, or a caller from outside. */
  readonly origin: string;
}

/**
 * Whether a failure may be that of the call; null: it is the gateway's own. Who answers at all may refuse just that number or caller, whose
 * word a status is (RFC 3261 §21.5.4: the server is unable to process *the request*); silence and an address that leads nowhere are
 * nobody's (§8.1.3.1 has them as 408 and 503 of our own).
 */
export const maybeOfCall = ({ outcome }: AttemptEnd, call: MaybeOfCall): MaybeOfCall | null => (outcome === 'failed' ? call : null);

/**
 * So long the failures of one origin alone have to last, without a good call of anybody, before they bring a gateway down: in that time
 * others who use it fail too, and bring it down at once, or get through, and what failed is forgotten.
 */
export const ALONE_MS = 30_000;

/** Who chose what a leg calls: whoever passed the call on, or placed it; of a call that came in, its caller. */
export function originOf({ leaves }: Pick<Candidate, 'leaves'>, { direction, accountId, caller }: CallParties): string {
  if (leaves !== undefined) return leaves.accountId;
  return direction === 'inbound' || accountId === null ? caller : accountId;
}

/** Answers to OPTIONS of one who has no service: 503, and the 408 of a proxy whose own side is silent. */
const NO_SERVICE: readonly number[] = [408, 503];

/**
 * Whether the answer to an OPTIONS says that a gateway is well: who answers at all is there, whatever it thinks of the method; where its
 * rules list answers, those and any 2xx do (RFC 3261 §11.2).
 */
export const isGoodPing = (status: number | null, { pingStatuses }: HealthRules): boolean =>
  status !== null && (pingStatuses === undefined ? !NO_SERVICE.includes(status) : isSuccess(status) || pingStatuses.includes(status));

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** A gateway that failed too often in a row; `half_open`: one call may find out whether it is well again. */
export interface UnwellGateway {
  readonly gatewayId: string;
  readonly state: 'down' | 'half_open';
  /** What its last failure was: a status, `no_response`, `unreachable`. */
  readonly why: string;
}

/**
 * The chosen candidates with gateways that are down behind all others, or left out where their terms say so. A call that nothing may
 * block tries them all.
 */
export function byHealth(candidates: readonly Candidate[], unwell: readonly UnwellGateway[], tryAll: boolean): readonly Candidate[] {
  if (unwell.length === 0) return candidates;
  const known = new Map(unwell.map((one) => [one.gatewayId, one]));
  const well: Candidate[] = [];
  const down: Candidate[] = [];
  const excluded: Candidate[] = [];
  for (const candidate of candidates) {
    const found = candidate.gatewayId === null ? undefined : known.get(candidate.gatewayId);
    if (!candidate.chosen) excluded.push(candidate);
    else if (found === undefined) well.push(candidate);
    else if (found.state === 'half_open')
      well.push({ ...candidate, reason: `${candidate.reason}, was down (${found.why}) and is tried again` });
    else if (candidate.terms?.health?.whenDown === 'never' && !tryAll) {
      excluded.push({ ...candidate, chosen: false, isDown: true, reason: `down (${found.why})` });
    } else down.push({ ...candidate, reason: `${candidate.reason}, down (${found.why}): behind all others` });
  }
  return [...well, ...down, ...excluded];
}

/** At most as many of each group's gateways as its terms allow one call to try. */
export function withinAttempts(candidates: readonly Candidate[]): readonly Candidate[] {
  const tries = new Map<string, number>();
  return candidates.map((candidate) => {
    const { trunkGroupId, terms, chosen } = candidate;
    const attemptsMax = terms?.failover?.attemptsMax;
    if (!chosen || trunkGroupId === null || attemptsMax === undefined) return candidate;
    const count = (tries.get(trunkGroupId) ?? 0) + 1;
    tries.set(trunkGroupId, count);
    return count <= attemptsMax ? candidate : { ...candidate, chosen: false, reason: `beyond ${attemptsMax} attempts of the group` };
  });
}
