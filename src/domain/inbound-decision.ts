import type { CallParties, Decision } from './call.ts';
import { connectWithinLimits } from './connect-within-limits.ts';
import { impassable, reject } from './decision-outcome.ts';
import { boundCallerText } from './dial-string.ts';
import { wantedLease } from './lease.ts';
import { partiesWith } from './numbers-of-call.ts';
import type { Deciding, DecisionContext } from './record-view.ts';
import { ringNumber } from './ring-number.ts';
import type { OwnedCalled, SourceGroup } from './source-groups.ts';

/** Parties of a call that came from a carrier group for a number that is not, or not known to be, ours. */
export const carrierParties = (context: DecisionContext, { group }: SourceGroup, called: string): CallParties => ({
  direction: 'inbound',
  mode: group.mode,
  called,
  // Free text, kept as it came and never a reason to refuse (decision C15).
  caller: boundCallerText(context.request.caller.from),
  numberId: null,
  accountId: null,
  subAccountId: null,
  ...(context.request.privacyId ? { withheld: true } : {}),
  identifiedBy: { kind: 'trunk_group', id: group.id },
});

/** Decides a call from a carrier to a number of ours: state, flags, then the targets of its endpoint or trunk group in order. */
export function* decideInbound(context: DecisionContext, found: OwnedCalled): Deciding<Decision> {
  const { number } = found;
  const parties: CallParties = {
    ...carrierParties(context, found, found.called),
    numberId: number.id,
    accountId: number.ownerAccountId,
    subAccountId: number.subAccountId,
  };
  const stop = impassable(context);
  if (stop !== null) return reject(context, parties, stop);
  const { refusal, candidates, leases } = yield* ringNumber(context, found.called, number);
  if (refusal !== null) return reject(context, parties, refusal, candidates);
  const wanted = [...leases, wantedLease('trunk_group', found.group)];
  return connectWithinLimits(context, { parties: partiesWith(parties, candidates), candidates, leases: wanted, unlimited: false });
}
