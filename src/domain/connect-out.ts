import type { Candidate, Connect, Decision } from './call.ts';
import { type Connectable, connectWithinLimits } from './connect-within-limits.ts';
import { reject } from './decision-outcome.ts';
import type { DialContext } from './dial-string.ts';
import type { HolderAccount } from './holder-account.ts';
import { divertingNumber } from './outbound-caller.ts';
import type { OutboundPeer } from './outbound-peer.ts';
import { type Deciding, type DecisionContext, versionsOf } from './record-view.ts';

/** Who calls, and how they write numbers. */
export interface Calling {
  readonly peer: OutboundPeer;
  readonly account: HolderAccount;
  readonly dial: DialContext;
}

const passedOver = (candidate: Candidate): Candidate => ({ ...candidate, chosen: false, reason: 'too many unanswered calls' });

/** Whether too many calls of a group ring already that is told over what can be forged (decision C21). */
function isCrowded({ request, steps }: DecisionContext, peer: OutboundPeer, { unlimited }: Connectable): boolean {
  const { id: trunkGroupId } = peer.identifiedBy;
  if (peer.isUnproven !== true || request.crowded?.includes(trunkGroupId) !== true || unlimited) return false;
  steps.push({ step: 'unanswered', ok: false, facts: { trunkGroupId } });
  return true;
}

/** The call with what else its callee may hear of, and whether whose it is was only said. */
function* presentedBy(context: DecisionContext, { peer, account, dial }: Calling, decision: Connect): Deciding<Decision> {
  const divertedBy = peer.onlyE164 === null ? yield* divertingNumber(context, account, peer.mode, dial) : null;
  const presentation = divertedBy === null ? decision.presentation : { ...decision.presentation, divertedBy };
  const unproven = peer.isUnproven === true ? { unproven: peer.identifiedBy.id } : {};
  return { ...decision, presentation, ...unproven, versions: versionsOf(context) };
}

/** Connects a customer's call that has somewhere to go, by the routes or on-net, unless too many of its kind ring already. */
export function* connectOut(context: DecisionContext, calling: Calling, call: Connectable): Deciding<Decision> {
  const decision = isCrowded(context, calling.peer, call)
    ? reject(context, call.parties, 'limit_reached', call.candidates.map(passedOver))
    : connectWithinLimits(context, call);
  return decision.outcome === 'connect' ? yield* presentedBy(context, calling, decision) : decision;
}
