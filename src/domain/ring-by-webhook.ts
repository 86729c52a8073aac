import type { CallRequest, Candidate } from './call.ts';
import { type Callee, ringTargets } from './callee.ts';
import { boundCallerText } from './dial-string.ts';
import type { WebhookRoute } from './endpoint-route.ts';
import { forwardCall } from './forward-call.ts';
import { leafOf } from './holder-account.ts';
import { type Deciding, type DecisionContext, note, want, webhookFact } from './record-view.ts';
import { type EndpointRecord, type RecordRef, recordRef } from './records.ts';
import { rendezvousOrder } from './rendezvous.ts';
import { deeper, visitOf, type Walk } from './target-walk.ts';
import { WEBHOOK_REJECTS, type WebhookFact, type WebhookPlace, type WebhookQuestion } from './webhook-answer.ts';

const isFromCarrier = ({ auth, transfer, sources }: CallRequest): boolean =>
  auth.result === 'none' && transfer === undefined && sources[0]?.groupKind === 'carrier';

function questionOf(
  { request, caller }: DecisionContext,
  { called, account }: Callee,
  { id, accountId: endpointAccountId }: EndpointRecord,
  route: WebhookRoute,
): WebhookQuestion {
  const { url, timeoutMs, cacheSeconds, secretSealed } = route;
  return {
    ...{ endpointId: id, accountId: leafOf(account.holder), endpointAccountId, ownerAccountId: account.holder.ownerAccountId },
    ...{ url, timeoutMs, cacheSeconds, secretSealed, called },
    // RFC 3325 §7: who asks for privacy is nobody to a tenant's server either.
    caller: request.privacyId ? 'anonymous' : (caller ?? boundCallerText(request.caller.from)),
    direction: isFromCarrier(request) ? 'inbound' : 'internal',
  };
}

/** The numbers that may be ours, all in one trip. */
const numbersAmong = (places: readonly WebhookPlace[], { settings }: DecisionContext, { number }: Callee): RecordRef[] =>
  settings.onNet !== 'internal' ? [] : places.flatMap((place) => ('e164' in place ? [recordRef.number(number.mode, place.e164)] : []));

const keyOf = (place: WebhookPlace): string => ('uri' in place ? place.uri : place.e164);

/**
 * The places that an endpoint's webhook names, in order: addresses are rung like its own, numbers are forwards (decision C6). Without an
 * answer there are none, and the endpoint's fallback comes; a word that turns the call away is the last one.
 */
export function* byWebhook(walk: Walk, endpoint: EndpointRecord, route: WebhookRoute): Deciding<readonly Candidate[]> {
  const { context, callee, search } = walk;
  const fact = yield* webhookFact(context, questionOf(context, callee, endpoint, route));
  const word = fact?.word;
  noteFact(context, endpoint.id, fact);
  if (word === undefined) {
    search.refusals.push('target_unreachable');
    return [];
  }
  if ('reject' in word) {
    search.turnedAway.add(visitOf(callee, endpoint.id));
    search.refusals.push(WEBHOOK_REJECTS[word.reject]);
    return [];
  }
  yield* want(context, numbersAmong(word.targets, context, callee));
  const found: Candidate[] = [];
  for (const one of rendezvousOrder(context.request.callId, word.targets, keyOf)) {
    const { priority, weight } = one;
    const rung =
      'uri' in one
        ? yield* ringTargets(context, callee, { ...endpoint, targets: [{ uri: one.uri, priority, weight }] })
        : yield* forwardCall(deeper(walk), one.e164);
    found.push(...rung);
  }
  return found;
}

function noteFact(context: DecisionContext, endpointId: string, fact: WebhookFact | null): void {
  const { result = 'failed', why, word } = fact ?? {};
  const said = word === undefined ? {} : 'reject' in word ? { reject: word.reject } : { targets: word.targets.length };
  note(context, 'webhook', word !== undefined, { endpointId, result, ...(why === undefined ? {} : { why }), ...said });
}
