import type { WebhookFact, WebhookQuestion } from '../../domain/webhook-answer.ts';
import type { CallIdentity, RouteCallDeps } from './call-routing.ts';
import type { IncomingCall } from './incoming-call.ts';

/** Webhooks one call asks: a caller waits for all of them, one after the other. */
const ASKED_MAX = 3;

/** Asks where a call shall go; the caller hears meanwhile that somebody takes care of it. Never rejects. */
export async function askWebhook(
  question: WebhookQuestion,
  call: IncomingCall,
  { callId, at, answers = [] }: CallIdentity,
  { webhooks }: Pick<RouteCallDeps, 'webhooks'>,
): Promise<WebhookFact> {
  if (answers.length >= ASKED_MAX) return webhooks.last(question, 'asked_too_many');
  call.keepWaiting?.();
  return await webhooks.ask(question, { callId, at });
}

/** The same call with one more answer known. */
export const withAnswer = (identity: CallIdentity, fact: WebhookFact): CallIdentity => ({
  ...identity,
  answers: [...(identity.answers ?? []), fact],
});
