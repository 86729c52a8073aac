import type { CallRequest, Decision, DecisionSettings } from '../../domain/call.ts';
import { decideCall } from '../../domain/call-decision.ts';
import type { Need, RecordView } from '../../domain/record-view.ts';
import { CALL_REFUSALS } from '../../domain/refusal.ts';

/** A call that would connect but has been here before becomes the refusal `loop` (decision C16). */
function refuseLoop(decision: Decision, loops: (called: string) => boolean): Decision {
  if (decision.outcome !== 'connect' || !loops(decision.parties.called)) return decision;
  const { parties, candidates, versions } = decision;
  const steps = [...decision.steps, { step: 'loop', ok: false, facts: { called: parties.called } }];
  const excluded = candidates.map((candidate) => ({ ...candidate, chosen: false, reason: 'loop' }));
  return { outcome: 'reject', parties, code: 'loop', sipStatus: CALL_REFUSALS.loop.sipStatus, candidates: excluded, steps, versions };
}

/** The decision of a call, the same for a call on the wire, for explain, and for a call of the past (invariant 9). */
export function judgeCall(
  request: CallRequest,
  view: RecordView,
  settings: DecisionSettings,
  loops: (called: string) => boolean,
): Decision | Need {
  const decision = decideCall(request, view, settings);
  return decision.outcome === 'need' ? decision : refuseLoop(decision, loops);
}
