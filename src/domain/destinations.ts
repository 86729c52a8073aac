/** Where calls of an account may go, as prefixes of numbers without `+`; the longest that fits decides. */
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

/** Destinations as a member of whatever carries them: absent where nothing is said. An empty list of allowed ones allows nothing. */
export const destinationsMember = (destinations: Destinations | undefined): { readonly destinations?: Destinations } => {
  const { allowed, blocked = [] } = destinations ?? {};
  if (allowed === undefined && blocked.length === 0) return {};
  return { destinations: { ...(allowed === undefined ? {} : { allowed }), ...(blocked.length === 0 ? {} : { blocked }) } };
};
