import { type Binding, loginMark } from '../../domain/binding.ts';
import type { Connect, Reject } from '../../domain/call.ts';
import { MEDIA_UNREACHABLE } from '../../domain/media-reach.ts';
import { numberIdsOf } from '../../domain/numbers-of-call.ts';
import type { CallRefusalCode } from '../../domain/refusal.ts';
import type { BindingsOf } from '../ports/bindings.ts';
import type { AdmissionReply, LeaseFull } from '../ports/routing.ts';
import { CallLeases, firstLeases } from './call-leases.ts';
import type { Contacts, Look, RouteCallDeps, RoutedCall } from './call-routing.ts';
import { firstEvent, refusedInstead } from './first-event.ts';
import { isEmergency } from './journal-mode.ts';
import { CallRecord } from './record-call.ts';

/** The numbers of a call, which admission counts it in for and its end lets go of. */
export const numbersOf = ({ parties }: Connect | Reject): string[] => numberIdsOf(parties);

/** The record of a call whose `admitted` event is on its way or there. */
const recordOf = (look: Look, decision: Connect, deps: RouteCallDeps): CallRecord =>
  new CallRecord({ callId: look.request.callId, agentId: deps.agentId, numberIds: numbersOf(decision), seq: 1 }, deps.clock, deps.events);

/** A call that goes on: its record and its leases. */
export function letIn(look: Look, decision: Connect, contacts: Contacts, deps: RouteCallDeps): RoutedCall {
  const { callId, at } = look.request;
  if (decision.steps.some(({ step }) => step === MEDIA_UNREACHABLE)) deps.metrics.mediaUnreachable(decision.parties.direction);
  const leases = new CallLeases(decision, { callId, numberIds: numbersOf(decision), since: at }, deps);
  return { result: 'admitted', decision, record: recordOf(look, decision, deps), leases, contacts };
}

/** The SIP users a call may ring, with the mark of their logins as the decision saw them: bindings of another password are not theirs. */
export function usersOf(look: Look, { candidates }: Connect): BindingsOf[] {
  const refs = new Set(candidates.flatMap(({ chosen, user }) => (chosen && user !== undefined ? [user] : [])));
  return [...refs].flatMap((credential) => {
    const record = look.read.get(credential)?.record;
    return record?.kind === 'credential' ? [{ credential, login: loginMark(record) }] : [];
  });
}

function contactsOf(users: readonly BindingsOf[], bindings: readonly (readonly Binding[])[], { lastContacts }: RouteCallDeps): Contacts {
  const contacts = new Map(users.map(({ credential }, at) => [credential, bindings[at] ?? []]));
  for (const [at, user] of users.entries()) lastContacts.note(user, bindings[at] ?? []);
  return contacts;
}

/** Records a refusal after the fact and returns it; strangers have no record. */
export function refuse(look: Look | undefined, code: CallRefusalCode, deps: RouteCallDeps): RoutedCall {
  if (look === undefined || look.decision.parties.identifiedBy === null) return { result: 'refused', code, callId: null, parties: null };
  deps.events.push(refusedInstead(look, code, deps, 'normal'));
  return { result: 'refused', code, callId: look.request.callId, parties: look.decision.parties };
}

/**
 * Takes a decision about an identified sender through the one script: versions compared, nonce used up, last call moved, event
 * logged, all leases taken or none, all in one trip (decision C3). Refusals take the same way, so that none rests on an old record (invariant 3).
 * A look whose answer is lost is added to `unheard`.
 */
export async function admitCall(
  look: Look,
  decision: Connect | Reject,
  unheard: Look[],
  deps: RouteCallDeps,
): Promise<RoutedCall | 'stale' | LeaseFull> {
  const startedAt = performance.now();
  const { request, auth } = look;
  const bySource = decision.parties.identifiedBy?.kind === 'trunk_group';
  const event = firstEvent(look, decision, deps, 'normal');
  const users = decision.outcome === 'connect' ? usersOf(look, decision) : [];
  const asked = deps.admission.admit({
    callId: request.callId,
    agentId: deps.agentId,
    versions: decision.versions,
    sourcesVersion: bySource ? look.sourcesVersion : null,
    nonce: auth.nonce,
    touch: decision.outcome === 'connect' ? numbersOf(decision).map((numberId) => ({ numberId })) : [],
    leases: decision.outcome === 'connect' ? firstLeases(decision) : [],
    at: request.at,
    event,
    evenMoving: decision.outcome === 'connect' && isEmergency(decision),
    ...(users.length === 0 ? {} : { users }),
  });
  const reply = await asked.catch((error: unknown) => {
    if (!deps.admission.isUndone(error)) unheard.push(look);
    throw error;
  });
  deps.contact.good();
  deps.metrics.admission((performance.now() - startedAt) / 1000, reply.result);
  if (reply.result === 'ok') {
    deps.events.keep(event);
    return admitted(look, decision, contactsOf(users, reply.bindings ?? [], deps), deps);
  }
  if (reply.result === 'replay') return { result: 'challenge', stale: true, failed: false };
  if (reply.result === 'moving') return refuse(look, 'number_moving', deps);
  if (reply.result === 'full') return reply;
  await learn(reply, deps);
  return 'stale';
}

function admitted(look: Look, decision: Connect | Reject, contacts: Contacts, deps: RouteCallDeps): RoutedCall {
  if (decision.outcome === 'connect') return letIn(look, decision, contacts, deps);
  return { result: 'refused', code: decision.code, callId: look.request.callId, parties: decision.parties };
}

async function learn(reply: Extract<AdmissionReply, { result: 'stale' }>, deps: RouteCallDeps): Promise<void> {
  deps.local.learn(reply.newer);
  if (reply.sourcesChanged) await deps.local.refreshSources();
}
