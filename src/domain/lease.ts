/** What can be limited (decision C9). */
export type LeaseScopeKind = 'number' | 'account' | 'trunk_group' | 'outbound_profile' | 'gateway';

/** All of them, in the order a call asks for them. */
export const LEASE_SCOPE_KINDS: readonly LeaseScopeKind[] = ['number', 'account', 'trunk_group', 'outbound_profile', 'gateway'];

/** One limit a call can hold a channel of; `id` is the id of the row that carries the limit. */
export interface LeaseScope {
  readonly kind: LeaseScopeKind;
  readonly id: string;
}

/** True for two names of one scope. */
export const isSameScope = (one: LeaseScope, other: LeaseScope): boolean => one.kind === other.kind && one.id === other.id;

/** How much of a scope may be used at once and how fast; null: without limit. */
export interface Limits {
  /** Calls in progress at the same time. */
  readonly channelsMax: number | null;
  /** New calls (for gateways: attempts) in one second, in bursts of at most `max(1, perSecondMax)`. */
  readonly perSecondMax: number | null;
  /** Longest life of one call, in seconds from its answer; absent or null: as the platform says. */
  readonly callSecondsMax?: number | null;
  /** Minutes of answered calls out in one day (UTC, product clock), counted to the millisecond; absent or null: without limit. */
  readonly minutesPerDayMax?: number | null;
}

/** The day that minutes are of, in ms: one of UTC, by the product clock. */
export const MINUTE_DAY_MS = 86_400_000;

/** When the day of minutes began that this moment is in, in ms. */
export const minuteDay = (at: number): number => at - (at % MINUTE_DAY_MS);

/** A lease a call asks admission for, with the limits the decision read in the scope's record. */
export interface WantedLease extends LeaseScope, Limits {}

/** Without limit: where a scope's record says nothing. */
export const UNLIMITED: Limits = { channelsMax: null, perSecondMax: null };

/** A lease that could not be had. */
export interface FullLease extends LeaseScope {
  readonly why: 'channels' | 'rate' | 'minutes';
}

/** What a call asks for of one scope. Its channels are counted limit or not, so that a limit set later is right at once. */
export const wantedLease = (kind: LeaseScopeKind, { id, limits = UNLIMITED }: { id: string; limits?: Limits }): WantedLease => ({
  kind,
  id,
  ...limits,
});

/** The same scopes without their limits: a call that nothing may block still counts. */
export const unblocked = (leases: readonly WantedLease[]): WantedLease[] => leases.map(({ kind, id }) => ({ kind, id, ...UNLIMITED }));

/** The shortest of the longest lives these leases leave a call, in seconds; null: they say nothing. */
export function shortestLife(leases: readonly Limits[]): number | null {
  const said = leases.map(({ callSecondsMax = null }) => callSecondsMax).filter((seconds) => seconds !== null);
  return said.length === 0 ? null : Math.min(...said);
}

/** The same scopes without their minutes, which are those of calls out alone. */
export const withoutMinutes = (leases: readonly WantedLease[]): readonly WantedLease[] =>
  minuteScopes(leases).length === 0 ? leases : leases.map(({ minutesPerDayMax: _, ...lease }) => lease);

/** The scopes whose minutes a call uses up from its answer on. */
export const minuteScopes = (leases: readonly WantedLease[]): LeaseScope[] =>
  leases.flatMap(({ kind, id, minutesPerDayMax = null }) => (minutesPerDayMax === null ? [] : [{ kind, id }]));

/** The first of these leases that is known to be full. */
export const fullAmong = (leases: readonly LeaseScope[], full: readonly FullLease[]): FullLease | undefined =>
  full.find((one) => leases.some((lease) => isSameScope(lease, one)));

/**
 * All leases of a call while it tries one target: its own and the target's, each scope once. A target that leaves by the routes uses up
 * minutes of scopes whose channels an inbound call has already.
 */
export const leasesWith = (call: readonly WantedLease[], target: readonly WantedLease[]): WantedLease[] => [
  ...call.map((lease) => ({ ...lease, ...minutesOf(target.find((other) => isSameScope(lease, other))) })),
  ...target.filter((lease) => !call.some((other) => isSameScope(lease, other))),
];

const minutesOf = (lease: WantedLease | undefined): Pick<Limits, 'minutesPerDayMax'> =>
  typeof lease?.minutesPerDayMax === 'number' ? { minutesPerDayMax: lease.minutesPerDayMax } : {};

/** Limits as a member of whatever carries them: absent where nothing is limited. */
export function limitsMember(limits: Limits | undefined): { readonly limits?: Limits } {
  if (limits === undefined) return {};
  const { channelsMax, perSecondMax, minutesPerDayMax = null, callSecondsMax = null } = limits;
  const more = { ...(minutesPerDayMax === null ? {} : { minutesPerDayMax }), ...(callSecondsMax === null ? {} : { callSecondsMax }) };
  if (Object.keys(more).length > 0) return { limits: { channelsMax, perSecondMax, ...more } };
  return channelsMax === null && perSecondMax === null ? {} : { limits: { channelsMax, perSecondMax } };
}

/** Limits after a change; absent keys stay, and a scope without any limit has none. */
export const mergeLimits = (before: Limits | undefined, patch: Partial<Limits> | undefined): Limits | undefined =>
  limitsMember({ ...UNLIMITED, ...before, ...patch }).limits;
