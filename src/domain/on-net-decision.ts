import type { CallParties, Decision } from './call.ts';
import type { CalleeSide } from './callee-side.ts';
import { type Calling, connectOut } from './connect-out.ts';
import { reject } from './decision-outcome.ts';
import type { E164 } from './e164.ts';
import { asSeenBy } from './forward-call.ts';
import { leafOf } from './holder-account.ts';
import { fullAmong, leasesWith, type WantedLease } from './lease.ts';
import { partiesWith, withoutCallee } from './numbers-of-call.ts';
import type { Deciding, DecisionContext } from './record-view.ts';
import type { NumberRecord } from './records.ts';
import { ringNumber } from './ring-number.ts';

/** The calling side of a call on-net, checked as for any call out. */
export interface OnNetCaller {
  readonly parties: CallParties;
  readonly leases: readonly WantedLease[];
}

/** One call from a customer to a number of ours, whoever holds it: both numbers are checked, counted and held (decision C16). */
export function* decideOnNet(
  context: DecisionContext,
  calling: Calling,
  caller: OnNetCaller,
  called: E164,
  number: NumberRecord,
): Deciding<Decision> {
  const [own, other] = [leafOf(calling.account.holder), number.subAccountId ?? number.ownerAccountId];
  const seenBy = { ...asSeenBy(context, own, other), caller: caller.parties.caller };
  const { refusal, candidates: rung, leases } = yield* ringNumber(seenBy, called, number);
  const candidates = own === other ? rung : rung.map((candidate) => ({ ...candidate, of: candidate.of ?? other }));
  const known: CallParties = {
    ...caller.parties,
    direction: 'internal',
    ...(own === other ? {} : { callee: calleeOf(context, caller, number) }),
  };
  const parties = partiesWith(known, candidates, [number.id]);
  if (refusal !== null) return reject(context, parties, refusal, candidates);
  const call = { parties, candidates, leases: leasesWith(caller.leases, leases), unlimited: false };
  const decision = yield* connectOut(context, calling, call);
  return isCallersRefusal(context, decision, caller) ? { ...decision, parties: withoutCallee(parties) } : decision;
}

const calleeOf = ({ request }: DecisionContext, { parties }: OnNetCaller, number: NumberRecord): CalleeSide => ({
  accountId: number.ownerAccountId,
  subAccountId: number.subAccountId,
  numberId: number.id,
  caller: request.privacyId ? 'anonymous' : parties.caller,
});

/** True where a limit of the calling side ended the call: how many calls others have is no business of the callee's. */
function isCallersRefusal({ request, steps }: DecisionContext, { outcome }: Decision, { leases }: OnNetCaller): boolean {
  if (outcome !== 'reject') return false;
  const full = (request.full ?? []).filter(({ why }) => why !== 'minutes');
  return steps.at(-1)?.step === 'unanswered' || fullAmong(leases, full) !== undefined;
}
