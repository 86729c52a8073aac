import type { CallParties, Candidate } from './call.ts';

/** Every number of ours that a call is for: admission counts it in for each, and its end lets go of all. */
export const numberIdsOf = ({ numberId, otherNumberIds = [] }: Pick<CallParties, 'numberId' | 'otherNumberIds'>): string[] => [
  ...(numberId === null ? [] : [numberId]),
  ...otherNumberIds,
];

/**
 * The parties with every further number that one of the candidates would ring. All of them hold the call from its first moment: one
 * that is reached in the end would else have been free to leave its holder meanwhile (decision C4).
 */
export function partiesWith(parties: CallParties, candidates: readonly Candidate[], more: readonly string[] = []): CallParties {
  const rung = candidates.flatMap(({ chosen, leases = [] }) => (chosen ? leases : []).filter(({ kind }) => kind === 'number'));
  const others = [...new Set([...more, ...rung.map(({ id }) => id)])].filter((id) => id !== parties.numberId);
  return others.length === 0 ? parties : { ...parties, otherNumberIds: others };
}

/** The same for a call that did not reach its callee after all: what kept it is the calling side's business, or the platform's. */
export function withoutCallee({ callee: _, ...parties }: CallParties): CallParties {
  return parties;
}
