import type { CallParties, CallRequest, Connect, Reject } from '../../domain/call.ts';
import type { AdmittedEvent, PlaneMode, RefusedEvent } from '../../domain/call-event.ts';
import { withoutCallee } from '../../domain/numbers-of-call.ts';
import type { RecordVersion } from '../../domain/records.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../../domain/refusal.ts';
import { firstLeases } from './call-leases.ts';
import type { Look, RouteCallDeps } from './call-routing.ts';
import { storeDecision } from './stored-decision.ts';

// No version 1: explain then says that there is nothing to explain from.
const NOTHING_DECIDED = JSON.stringify({ v: 0 });

/** What both kinds of first event hold. */
function begun(
  look: { readonly request: CallRequest; readonly call: Look['call'] },
  parties: CallParties,
  versions: readonly RecordVersion[],
  decisionInput: string,
  agentId: string,
) {
  const { callId, at } = look.request;
  return { callId, seq: 0, agentId, at, parties, origin: look.call.origin, versions, decisionInput };
}

// About 1 KB is normal (decision C12); a call through hundreds of gateways goes unexplained rather than unrecorded.
const INPUT_LENGTH_MAX = 64 * 1024;

function storedInput(look: Look, deps: RouteCallDeps, mode: PlaneMode): string {
  const json = storeDecision(look.decision, look.request, look.read, deps.settings, mode);
  return json.length <= INPUT_LENGTH_MAX ? json : NOTHING_DECIDED;
}

/** `admitted` or `refused`, as the decision says. */
export function firstEvent(look: Look, decision: Connect | Reject, deps: RouteCallDeps, mode: PlaneMode): AdmittedEvent | RefusedEvent {
  const { parties, versions } = decision;
  const base = { ...begun(look, parties, versions, storedInput(look, deps, mode), deps.agentId), planeMode: mode };
  if (decision.outcome === 'connect')
    return { type: 'admitted', ...base, leases: firstLeases(decision).map(({ kind, id }) => ({ kind, id })) };
  return { type: 'refused', ...base, code: decision.code, sipStatus: decision.sipStatus };
}

/** A refusal that is not the decision's: the plane was busy, away, or the number is being moved. */
export function refusedInstead(look: Look, code: CallRefusalCode, deps: RouteCallDeps, mode: PlaneMode): RefusedEvent {
  const { parties, versions, outcome } = look.decision;
  // A reject nobody was told of explains nothing: it would name another reason than wire and record do (invariant 9).
  const input = outcome === 'reject' ? NOTHING_DECIDED : storedInput(look, deps, mode);
  const base = { ...begun(look, withoutCallee(parties), versions, input, deps.agentId), planeMode: mode };
  return { type: 'refused', ...base, code, sipStatus: CALL_REFUSALS[code].sipStatus };
}

/** A refusal before anything could be decided, of a sender whose address is known. */
export function refusedUndecided(
  look: { readonly request: CallRequest; readonly call: Look['call'] },
  parties: CallParties,
  code: CallRefusalCode,
  agentId: string,
): RefusedEvent {
  const base = { ...begun(look, parties, [], NOTHING_DECIDED, agentId), planeMode: 'degraded' } as const;
  return { type: 'refused', ...base, code, sipStatus: CALL_REFUSALS[code].sipStatus };
}
