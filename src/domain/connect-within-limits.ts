import type { CallParties, Candidate, Connect, Reject } from './call.ts';
import { chosenFirst } from './candidates.ts';
import { reject } from './decision-outcome.ts';
import { withoutOrphans } from './fallback.ts';
import { withinAttempts } from './gateway-health.ts';
import { type FullLease, fullAmong, shortestLife, unblocked, type WantedLease, withoutMinutes } from './lease.ts';
import { noteMediaReach } from './media-reach.ts';
import { type DecisionContext, note, versionsOf } from './record-view.ts';
import type { CallRefusalCode } from './refusal.ts';
import { withinUsers } from './registered-user.ts';

/** What a call that may go on asks for. */
export interface Connectable {
  readonly parties: CallParties;
  /** At least one is chosen. */
  readonly candidates: readonly Candidate[];
  /** What the call needs whatever its target. */
  readonly leases: readonly WantedLease[];
  /** Emergency and short codes are never blocked by limits (decision C15): they count, and that is all. */
  readonly unlimited: boolean;
}

/** The refusal of a full lease. */
export const refusalOfFull = ({ why }: Pick<FullLease, 'why'>) => REFUSAL_OF[why];

const REFUSAL_OF = {
  channels: 'limit_reached',
  rate: 'rate_exceeded',
  minutes: 'minutes_exhausted',
} as const satisfies Record<FullLease['why'], CallRefusalCode>;

const SCOPE_WORD = {
  number: 'number',
  account: 'account',
  trunk_group: 'trunk group',
  outbound_profile: 'outbound profile',
  gateway: 'gateway',
} as const;
const WHY_WORD = { channels: 'full', rate: 'over its rate', minutes: 'out of minutes' } as const;
const reasonOf = ({ kind, why }: FullLease): string => `${SCOPE_WORD[kind]} ${WHY_WORD[why]}`;

const withLeases = (candidate: Candidate, leases: readonly WantedLease[]): Candidate =>
  leases === candidate.leases || leases.length === 0 ? candidate : { ...candidate, leases };

const usesMinutes = ({ parties }: Connectable, leaves = false): boolean => leaves || parties.direction === 'outbound';

/** What the call asks of a scope: nothing may block one, and minutes are those of calls out, and of legs that leave. */
const askedOf = (call: Connectable, leases: readonly WantedLease[], leaves = false): readonly WantedLease[] => {
  if (call.unlimited) return unblocked(leases);
  return usesMinutes(call, leaves) ? leases : withoutMinutes(leases);
};

/** What is full for the call itself, or for a leg that leaves. */
const fullFor = (context: DecisionContext, call: Connectable, leaves = false): readonly FullLease[] => {
  const { full = [] } = context.request;
  if (call.unlimited) return [];
  return usesMinutes(call, leaves) ? full : full.filter(({ why }) => why !== 'minutes');
};

/**
 * Connects a call unless admission said that something it needs is full: then the targets behind a full gateway or trunk group are
 * passed over, and the call is refused when none is left or what every target needs is full itself (decision C9).
 */
export function connectWithinLimits(context: DecisionContext, call: Connectable): Connect | Reject {
  const { parties } = call;
  const leases = askedOf(call, call.leases);
  const blocked = fullAmong(leases, fullFor(context, call));
  if (blocked !== undefined) {
    note(context, 'limits', false, { ...blocked });
    return reject(context, parties, refusalOfFull(blocked), call.candidates);
  }
  const passedOver: FullLease[] = [];
  const candidates = call.candidates.map((candidate) => {
    const leaves = candidate.leaves !== undefined;
    const wanted = askedOf(call, candidate.leases ?? [], leaves);
    const one = candidate.chosen ? fullAmong(wanted, fullFor(context, call, leaves)) : undefined;
    if (one === undefined) return withLeases(candidate, wanted);
    passedOver.push(one);
    return { ...candidate, chosen: false, reason: reasonOf(one) };
  });
  for (const one of new Set(passedOver)) note(context, 'limits', false, { ...one });
  const ordered = chosenFirst(withoutOrphans(withinUsers(withinAttempts(candidates))));
  const last = passedOver.at(-1);
  // Whoever finds a channel limit waits for calls to end, whatever rates others are over; minutes come back on another day only.
  const worst = passedOver.find(({ why }) => why === 'channels') ?? passedOver.find(({ why }) => why === 'rate') ?? last;
  if (worst !== undefined && ordered[0]?.chosen !== true) return reject(context, parties, refusalOfFull(worst), ordered);
  const callSecondsMax = shortestLife(leases);
  if (callSecondsMax !== null) note(context, 'max_duration', true, { seconds: callSecondsMax });
  noteMediaReach(context, ordered);
  const presentation = { caller: parties.caller, privacyId: context.request.privacyId };
  const found = { parties, candidates: ordered, leases, presentation, steps: context.steps, versions: versionsOf(context) };
  return { outcome: 'connect', ...found, ...(call.unlimited ? { unlimited: true } : {}) };
}
