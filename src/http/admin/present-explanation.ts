import { z } from 'zod';
import type { PastExplanation } from '../../app/calls/explain-call.ts';
import type { Explanation } from '../../domain/explain.ts';
import { callResultSchema, presentCallResult } from '../present-call-result.ts';
import { snakeKeys } from './snake-keys.ts';

/** A decision as explain shows it. */
export const explanationSchema = z.object({
  outcome: z.enum(['connect', 'reject']),
  sip_status: z.number().int().nullable(),
  code: z.string().nullable(),
  remedy: z.string().nullable(),
  versions: z.array(z.object({ record: z.string(), version: z.number().int() })),
  steps: z.array(z.object({ step: z.string(), ok: z.boolean(), facts: z.record(z.string(), z.unknown()) })),
  candidates: z.array(
    z.object({
      trunk_group_id: z.string().nullable(),
      gateway: z.string().nullable(),
      endpoint_id: z.string().nullable(),
      uri: z.string(),
      chosen: z.boolean(),
      reason: z.string(),
    }),
  ),
});

/** The decision of a call that was, and what became of it. */
export const pastExplanationSchema = explanationSchema.extend({
  result: callResultSchema,
  attempts: z.array(
    z.object({
      n: z.number().int(),
      candidate: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'Its place among the candidates, from 1; null where that cannot be told.' }),
      gateway: z.string().nullable(),
      uri: z.string(),
      outcome: z.string().nullable(),
      sip_status: z.number().int().nullable(),
    }),
  ),
});

/** On the wire. */
export const presentExplanation = (explanation: Explanation) => ({
  outcome: explanation.outcome,
  sip_status: explanation.sipStatus,
  code: explanation.code,
  remedy: explanation.remedy,
  versions: explanation.versions,
  steps: explanation.steps.map(({ step, ok: passed, facts }) => ({ step, ok: passed, facts: snakeKeys(facts) })),
  candidates: explanation.candidates.map(({ trunkGroupId, gateway, endpointId, uri, chosen, reason }) => ({
    trunk_group_id: trunkGroupId,
    gateway,
    endpoint_id: endpointId,
    uri,
    chosen,
    reason,
  })),
});

/** On the wire. */
export const presentPastExplanation = (explanation: PastExplanation) => ({
  ...presentExplanation(explanation),
  result: presentCallResult(explanation.result),
  attempts: explanation.attempts.map(({ n, place, gatewayId, uri, outcome, sipStatus }) => ({
    n,
    candidate: place,
    gateway: gatewayId,
    uri,
    outcome,
    sip_status: sipStatus,
  })),
});
