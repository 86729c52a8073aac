import type { CallParties, CallRequest, Candidate, Challenge, Drop, Reject } from './call.ts';
import { boundCallerText } from './dial-string.ts';
import { type DecisionContext, note, versionsOf } from './record-view.ts';
import { CALL_REFUSALS, type CallRefusalCode } from './refusal.ts';

/** Refuses with a code of the catalogue; its status is the catalogue's. */
export const reject = (
  context: DecisionContext,
  parties: CallParties,
  code: CallRefusalCode,
  candidates: readonly Candidate[] = [],
): Reject => ({
  outcome: 'reject',
  parties,
  code,
  sipStatus: CALL_REFUSALS[code].sipStatus,
  candidates,
  steps: context.steps,
  versions: versionsOf(context),
});

/** Asks for credentials. */
export const challenge = (context: DecisionContext, parties: CallParties, why: { stale: boolean; failed: boolean }): Challenge => ({
  outcome: 'challenge',
  parties,
  stale: why.stale,
  failed: why.failed,
  steps: context.steps,
  versions: versionsOf(context),
});

/** Leaves the request unanswered. */
export const drop = (context: DecisionContext, parties: CallParties): Drop => ({
  outcome: 'drop',
  parties,
  steps: context.steps,
  versions: versionsOf(context),
});

/** Parties of a call nobody is known of yet. */
export const strangers = (request: CallRequest): CallParties => ({
  direction: 'unknown',
  mode: 'live',
  called: boundCallerText(request.requestUser),
  caller: boundCallerText(request.caller.from),
  numberId: null,
  accountId: null,
  subAccountId: null,
  identifiedBy: null,
});

/**
 * Why the request may go no further whoever is called: no hops left (RFC 3261 §16.3 item 3), or an extension that must not be
 * ignored (§8.2.2.3). Asked for identified peers only: strangers learn nothing.
 */
export function impassable(context: DecisionContext): CallRefusalCode | null {
  const { maxForwards, requires } = context.request;
  const hopsLeft = maxForwards > 0;
  note(context, 'max_forwards', hopsLeft, { maxForwards });
  if (!hopsLeft) return 'too_many_hops';
  if (requires === undefined) return null;
  note(context, 'require', false, { requires });
  return 'extension_unsupported';
}
