import type { RouteCallDeps } from '../../../../src/app/calls/call-routing.ts';
import type { WebhookFact, WebhookQuestion } from '../../../../src/domain/webhook-answer.ts';

const last = ({ endpointId, called }: WebhookQuestion, why: string): WebhookFact => ({ endpointId, called, result: 'failed', why });

/** Webhooks that never answer. */
export const noWebhooks: RouteCallDeps['webhooks'] = { ask: async (question) => last(question, 'timeout'), last };
