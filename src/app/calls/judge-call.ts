import type { CallRequest, Decision, DecisionSettings } from '../../domain/call.ts';
import { decideCall } from '../../domain/call-decision.ts';
import { withoutCallee } from '../../domain/numbers-of-call.ts';
import type { Need, RecordView } from '../../domain/record-view.ts';
import { CALL_REFUSALS } from '../../domain/refusal.ts';

/** Turns a call that would connect into a refusal, for a reason that lies outside the records. */
function refuseInstead(decision: Decision, code: 'loop' | 'draining' | 'plane_busy'): Decision {
  if (decision.outcome !== 'connect') return decision;
  const { parties, candidates, versions } = decision;
  const steps = [...decision.steps, { step: code, ok: false, facts: { called: parties.called } }];
  const excluded = candidates.map((candidate) => ({ ...candidate, chosen: false, reason: code }));
  return {
    outcome: 'reject',
    parties: withoutCallee(parties),
    code,
    sipStatus: CALL_REFUSALS[code].sipStatus,
    candidates: excluded,
    steps,
    versions,
  };
}

/** The decision of a call, the same for a call on the wire, for explain, and for a call of the past (invariant 9). */
export function judgeCall(
  request: CallRequest,
  view: RecordView,
  settings: DecisionSettings,
  loops: (called: string) => boolean,
): Decision | Need {
  const decision = decideCall(request, view, settings);
  if (decision.outcome === 'need') return decision;
  // A call that has been here before goes round in a circle (decision C16).
  if (decision.outcome === 'connect' && loops(decision.parties.called)) return refuseInstead(decision, 'loop');
  if (request.draining === true) return refuseInstead(decision, 'draining');
  const isKept = decision.outcome === 'connect' && decision.unlimited === true;
  return request.busy === true && !isKept ? refuseInstead(decision, 'plane_busy') : decision;
}
