import type { CallRequest, Decision } from '../../domain/call.ts';
import { refusalOfFull } from '../../domain/connect-within-limits.ts';
import type { RecordView } from '../../domain/record-view.ts';
import type { RecordRef, Versioned } from '../../domain/records.ts';
import type { WebhookQuestion } from '../../domain/webhook-answer.ts';
import { admitCall, refuse } from './admit-call.ts';
import { askWebhook, withAnswer } from './ask-webhook.ts';
import { awaitPlane } from './await-plane.ts';
import type { CallIdentity, LastLook, Look, RouteCallDeps, RoutedCall, SentCall } from './call-routing.ts';
import { closeUnheard } from './close-unheard.ts';
import { hasChanged } from './confirm-stranger.ts';
import type { AuthCheck, IncomingCall } from './incoming-call.ts';
import { isClosedByJournal } from './journal-mode.ts';
import { judgeCall } from './judge-call.ts';
import { registeredSender, withSender } from './registered-sender.ts';
import { routeWithoutPlane } from './without-plane.ts';

// One decision and three repeats on newer records (decision C3).
const TRIES_MAX = 4;
// A forward behind a schedule behind a fallback reads record after record, and a call may pass fifteen numbers (ADR 21).
const FILLS_MAX = 96;
// One for each target a call may try, and one more: what is full is passed over, so each answer leaves fewer (decision C9).
const FULLS_MAX = 11;
/** Longer than any promise to the fence lasts; callers do not wait longer either. */
const WAIT_MS_MAX = 8000;
const NO_AUTH: AuthCheck = { fact: { result: 'none' }, nonce: null };

/**
 * Decides a call on the local copy and has it admitted: one round trip to Redis on a warm copy, the decision made again where a
 * record turns out to be newer, so that a change answered `applied` decides the very next call (invariant 3). Never throws for
 * want of Redis; what is left is decision C10.
 */
export async function routeCall(incoming: IncomingCall, deps: RouteCallDeps): Promise<RoutedCall> {
  const identity: CallIdentity = { callId: deps.newId(), at: deps.clock.now() };
  const waitUntil = performance.now() + WAIT_MS_MAX;
  const last: LastLook = { look: undefined, unheard: [], answers: [] };
  const sender = await registeredSender(incoming, deps);
  const call: SentCall = { ...incoming, sender };
  for (let asked = 1; ; asked += 1) {
    try {
      const routed = await routeByPlane(call, identity, last, deps);
      if (asked > 1) deps.contact.line.answered();
      return closeUnheard(routed, last.unheard, deps);
    } catch (error) {
      if (error instanceof RangeError) return closeUnheard(refuseUnbearable(identity, last, error, deps), last.unheard, deps);
      // One line a call: one that waits asks up to forty times.
      if (asked === 1) deps.log.warn('the routing plane did not answer', { callId: identity.callId, error: String(error) });
      last.look ??= lookAtLastKnown(call, answered(identity, last), deps);
      const again = performance.now() < waitUntil && (await awaitPlane(call, last.look, deps));
      if (!again) return closeUnheard(routeWithoutPlane(call, identity, last, deps), last.unheard, deps);
    }
  }
}

/** The call with what it was told before. */
const answered = (identity: CallIdentity, { answers }: LastLook): CallIdentity =>
  answers.length === 0 ? identity : { ...identity, answers };

/** A bound of ours is no outage: the same call meets it again however often it asks, and whoever looks at Redis finds nothing. */
function refuseUnbearable({ callId }: CallIdentity, { look }: LastLook, error: RangeError, deps: RouteCallDeps): RoutedCall {
  deps.log.error('a call is beyond what can be admitted', { callId, error: String(error) });
  return refuse(look, 'internal_error', deps);
}

async function routeByPlane(call: SentCall, first: CallIdentity, last: LastLook, deps: RouteCallDeps): Promise<RoutedCall> {
  let identity = answered(first, last);
  let confirmed = false;
  for (let tries = 0, fills = 0; tries < TRIES_MAX; ) {
    const look = lookAt(call, identity, deps);
    if ('question' in look) {
      identity = withAnswer(identity, await askWebhook(look.question, call, identity, deps));
      last.answers = identity.answers ?? [];
      continue;
    }
    if ('missing' in look) {
      fills += 1;
      if (fills > FILLS_MAX) throw new Error('records change faster than they can be read');
      await deps.local.fill(look.missing);
      continue;
    }
    last.look = look;
    tries += 1;
    const { decision } = look;
    if (isClosedByJournal(decision, deps)) return refuse(look, 'plane_degraded', deps);
    // No await since the decision: admission speaks for the plane as it is known at this moment.
    if (decision.outcome === 'connect' || (decision.outcome === 'reject' && decision.parties.identifiedBy !== null)) {
      const routed = await admitCall(look, decision, last.unheard, deps);
      if (routed === 'stale') continue;
      if (routed.result !== 'full') return routed;
      // The same look with one thing more known to be full; it is kept with the call, so explain says the same.
      const { scope, why } = routed;
      identity = { ...identity, full: [...(identity.full ?? []), { ...scope, why }] };
      if (identity.full?.length === FULLS_MAX) return refuse(look, refusalOfFull({ why }), deps);
      tries -= 1;
    } else if (confirmed || !(await hasChanged(look, deps))) {
      return unrecorded(decision);
    } else {
      confirmed = true;
    }
  }
  return refuse(last.look, 'plane_busy', deps);
}

function unrecorded(decision: Decision): RoutedCall {
  if (decision.outcome === 'challenge') return { result: 'challenge', stale: decision.stale, failed: decision.failed };
  if (decision.outcome === 'reject') return { result: 'refused', code: decision.code, callId: null, parties: null };
  return { result: 'drop' };
}

/**
 * Between a subscription that is back and commands that are not (a failover), the copy is to be read again and cannot be: then what
 * was last known is what an outage would have left (decision C10). Undefined: it is not all here.
 */
function lookAtLastKnown(call: SentCall, identity: CallIdentity, deps: RouteCallDeps): Look | undefined {
  const look = lookAt(call, identity, deps, (ref) => deps.local.lastKnown(ref));
  // Nobody is asked by one who cannot say what is in force; what was said last is as good as the records are.
  if ('question' in look) return lookAtLastKnown(call, withAnswer(identity, deps.webhooks.last(look.question, 'plane_degraded')), deps);
  return 'missing' in look ? undefined : look;
}

/** Completes the facts and decides on the local copy, or names what is missing there. */
function lookAt(
  call: SentCall,
  identity: CallIdentity,
  deps: RouteCallDeps,
  peek: RecordView['get'] = (ref) => deps.local.peek(ref),
): Look | { readonly missing: readonly RecordRef[] } | { readonly question: WebhookQuestion } {
  const { local, settings } = deps;
  const read = new Map<RecordRef, Versioned>();
  const get = (ref: RecordRef): Versioned | undefined => {
    const found = peek(ref);
    if (found !== undefined) read.set(ref, found);
    return found;
  };
  const auth = authenticate(call, get);
  if ('missing' in auth) return auth;
  const { sourceIp, sourcePort, transport } = call.facts;
  const matched = deps.sourceIndex().match(sourceIp, sourcePort, transport, call.bears);
  const sources = withSender(matched, call.sender);
  const unwell = deps.unwell();
  const crowded = deps.unanswered.crowded(sources);
  const met = { ...(unwell.length === 0 ? {} : { unwell }), ...(crowded.length === 0 ? {} : { crowded }) };
  const request: CallRequest = { ...call.facts, ...identity, ...met, sources, auth: auth.fact };
  const decision = judgeCall(request, { get }, settings, (called) => call.loops(called));
  if (decision.outcome === 'need') return decision.question === undefined ? { missing: decision.refs } : { question: decision.question };
  return { call, request, auth, sourcesVersion: local.sources().version, decision, read };
}

/** What the digest says by the credential as it is here. */
function authenticate(call: IncomingCall, get: RecordView['get']): AuthCheck | { readonly missing: readonly RecordRef[] } {
  const { authentication } = call;
  if (authentication === null) return NO_AUTH;
  const held = get(authentication.credential);
  if (held === undefined) return { missing: [authentication.credential] };
  return authentication.check(held.record?.kind === 'credential' ? held.record : null);
}
