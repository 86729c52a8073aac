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

/** True when the request may go no further (RFC 3261 §16.3 item 3). Asked for identified peers only: strangers learn nothing. */
export function tooManyHops(context: DecisionContext): boolean {
  const { maxForwards } = context.request;
  const hopsLeft = maxForwards > 0;
  note(context, 'max_forwards', hopsLeft, { maxForwards });
  return !hopsLeft;
}
