/** Where calls of an account, of a trunk group or of everybody may go, as prefixes of numbers without `+`; the longest that fits decides. */
export interface Destinations {
  /** Absent: anywhere that is not blocked. */
  readonly allowed?: readonly string[];
  readonly blocked?: readonly string[];
}

const longest = (prefixes: readonly string[], digits: string): number =>
  prefixes.reduce((most, prefix) => (digits.startsWith(prefix) && prefix.length > most ? prefix.length : most), -1);

/** Why a number may not be called; null: it may. A prefix in both lists is blocked. */
export function destinationRefusal(digits: string, { allowed, blocked = [] }: Destinations): 'blocked' | 'not_allowed' | null {
  const no = longest(blocked, digits);
  const yes = allowed === undefined ? -1 : longest(allowed, digits);
  if (no >= 0 && no >= yes) return 'blocked';
  return allowed !== undefined && yes < 0 ? 'not_allowed' : null;
}

/** Whose word a list is, for explain. */
export interface DestinationList extends Destinations {
  readonly list: 'account' | 'sub_account' | 'trunk_group' | 'platform';
}

/** The first list that says no to a number, and why; null: all let it be called. */
export function refusingList(
  digits: string,
  lists: readonly DestinationList[],
): { readonly list: DestinationList['list']; readonly refusal: 'blocked' | 'not_allowed' } | null {
  for (const one of lists) {
    const refusal = destinationRefusal(digits, one);
    if (refusal !== null) return { list: one.list, refusal };
  }
  return null;
}

/** Of destinations only what one of these numbers could fit; the word on each of them is the same. */
export function fittingDestinations({ allowed, blocked = [] }: Destinations, numbers: readonly string[]): Destinations {
  const fits = (prefix: string): boolean => numbers.some((digits) => digits.startsWith(prefix));
  return { ...(allowed === undefined ? {} : { allowed: allowed.filter(fits) }), blocked: blocked.filter(fits) };
}

/** Destinations as a member of whatever carries them: absent where nothing is said. An empty list of allowed ones allows nothing. */
export const destinationsMember = (destinations: Destinations | undefined): { readonly destinations?: Destinations } => {
  const { allowed, blocked = [] } = destinations ?? {};
  if (allowed === undefined && blocked.length === 0) return {};
  return { destinations: { ...(allowed === undefined ? {} : { allowed }), ...(blocked.length === 0 ? {} : { blocked }) } };
};
