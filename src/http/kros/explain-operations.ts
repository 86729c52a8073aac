import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import type { OwnQuestion, TenantPastExplanation } from '../../app/calls/explain-own-call.ts';
import type { TenantExplanation } from '../../domain/explain-for-tenant.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { callResultSchema, presentCallResult } from '../present-call-result.ts';
import { textField, uuidField } from '../wire-fields.ts';

/** What explaining an account's own calls needs. */
export interface KrosExplainDeps {
  explainOwn(actor: Actor, question: OwnQuestion): Promise<Result<TenantExplanation, RequestRefusal>>;
  explainOwnPast(actor: Actor, callId: string): Promise<Result<TenantPastExplanation, RequestRefusal>>;
  /** Tells errors of `explainOwn` that say the routing plane cannot be read now (503) from faults of ours. */
  isPlaneAway(error: unknown): boolean;
}

const TAG = 'Calls';
const read = { role: 'member', scope: 'calls:read' } as const;

const explanationSchema = z.object({
  outcome: z.enum(['connect', 'reject']),
  sip_status: z.int().nullable(),
  code: z.string().nullable(),
  remedy: z.string().nullable(),
  steps: z.array(z.object({ step: z.string(), ok: z.boolean(), facts: z.record(z.string(), z.unknown()) })),
  candidates: z.array(
    z.object({
      name: z.string(),
      endpoint_id: z.string().nullable(),
      trunk_group_id: z.string().nullable(),
      uri: z.string().nullable(),
      chosen: z.boolean(),
      reason: z.string(),
    }),
  ),
});

const pastExplanationSchema = explanationSchema.extend({
  result: callResultSchema,
  attempts: z.array(
    z.object({
      n: z.int(),
      candidate: z.string().nullable(),
      uri: z.string().nullable(),
      outcome: z.string().nullable(),
      sip_status: z.int().nullable(),
    }),
  ),
});

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const present = ({ outcome, sipStatus, code, remedy, steps, candidates }: TenantExplanation) => ({
  outcome,
  sip_status: sipStatus,
  code,
  remedy,
  steps: steps.map(({ step, ok: passed, facts }) => ({
    step,
    ok: passed,
    facts: Object.fromEntries(Object.entries(facts).map(([name, value]) => [snake(name), value])),
  })),
  candidates: candidates.map(({ name, endpointId, trunkGroupId, uri, chosen, reason }) => ({
    name,
    endpoint_id: endpointId,
    trunk_group_id: trunkGroupId,
    uri,
    chosen,
    reason,
  })),
});

const presentPast = (explanation: TenantPastExplanation) => ({
  ...present(explanation),
  result: presentCallResult(explanation.result),
  attempts: explanation.attempts.map(({ sipStatus, ...attempt }) => ({ ...attempt, sip_status: sipStatus })),
});

/** Why calls of an account go where they go. The vendor has no such operations. */
export const explainOperations = (deps: KrosExplainDeps): AnyOperation[] => [
  operation({
    method: 'POST',
    path: '/calls/explain',
    operationId: 'explainCall',
    summary: 'Explain a call to or from a number of yours that could be placed now; changes nothing',
    tag: TAG,
    need: read,
    resource: 'number',
    body: z.strictObject({ direction: z.enum(['inbound', 'outbound']), from: textField(64), to: textField(64) }),
    responses: { 200: { description: 'Every step, and each place the call could go to', schema: explanationSchema } },
    async handle({ actor, body }) {
      try {
        const explained = await deps.explainOwn(actor, body);
        return explained.ok ? ok({ status: 200, body: present(explained.value) }) : explained;
      } catch (error) {
        if (!deps.isPlaneAway(error)) throw error;
        return err({ kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 });
      }
    },
  }),
  operation({
    method: 'GET',
    path: '/calls/:call_id/explain',
    operationId: 'explainPastCall',
    summary: 'Explain a call of yours, from what it was decided on',
    tag: TAG,
    need: read,
    resource: 'call',
    params: z.object({ call_id: uuidField() }),
    responses: {
      200: {
        description: 'Every step, each place the call could go to and each attempt, and what became of it',
        schema: pastExplanationSchema,
      },
    },
    async handle({ actor, params }) {
      const explained = await deps.explainOwnPast(actor, params.call_id);
      return explained.ok ? ok({ status: 200, body: presentPast(explained.value) }) : explained;
    },
  }),
];
