import { isIP } from 'node:net';
import { z } from 'zod';
import { type ExplainQuestion, explainStored } from '../../app/calls/explain-call.ts';
import { isDecided } from '../../app/calls/stored-decision.ts';
import type { Explanation } from '../../domain/explain.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { textField, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { timeField } from './fields.ts';
import { snakeKeys } from './snake-keys.ts';

const explanationSchema = z.object({
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

const presentExplanation = (explanation: Explanation) => ({
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

const SOURCE =
  /^(?:\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?|([0-9.]{7,15})(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]{2,45}))(?:\/(udp|tcp|tls|wss?))?$/;

/** `ip[:port][/transport]`; IPv6 with a port in brackets. */
function parseSource(text: string): NonNullable<ExplainQuestion['source']> | null {
  const [, bracketed, v6Port, v4, v4Port, v6, transport = 'udp'] = SOURCE.exec(text) ?? [];
  const ip = bracketed ?? v4 ?? v6 ?? '';
  const port = Number(v6Port ?? v4Port ?? 5060);
  if (isIP(ip) === 0 || port < 1 || port > 65535) return null;
  return { ip, port, transport: transport as 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' };
}

const body = z.object({
  call_id: uuidField().optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  from: textField(128).optional(),
  to: textField(128).optional(),
  source: textField(80)
    .refine((text) => parseSource(text) !== null, 'Must be ip[:port][/transport].')
    .optional(),
  credential: textField(128).optional(),
  at: timeField().optional(),
});

/** Why a call would, or did, go where it went. */
export const explainOperations = (deps: AdminDeps): AnyOperation[] => [explainCallOperation(deps)];

const explainCallOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/explain',
    operationId: 'explainCall',
    summary: 'Explain a call that could be placed now, or one that was; changes nothing.',
    tag: 'Calls',
    resource: 'call',
    body,
    responses: {
      200: {
        description: 'Every step, the versions read, and each candidate with the reason it won or lost.',
        schema: explanationSchema,
      },
    },
    async handle({ body: asked }) {
      const { call_id: callId, ...question } = asked;
      if (callId === undefined) return explainQuestion(deps, asked);
      const [extra] = Object.keys(question);
      if (extra !== undefined) return err(invalidBody([extra], 'A past call is explained by its call_id alone.', 'not_supported'));
      return explainPast(deps, callId);
    },
  });

async function explainPast(deps: AdminDeps, callId: string): Promise<Result<Answer, RequestRefusal>> {
  const call = await deps.calls.get(callId);
  if (call === null) return err({ kind: 'not_found', resource: 'call' });
  if (call.decisionInput === null)
    return err({ kind: 'expired', code: 'explain_expired', detail: 'What the call was decided on is no longer kept.' });
  if (!isDecided(call.decisionInput))
    return err({ kind: 'expired', code: 'explain_undecided', detail: 'The call was turned away before anything could be decided.' });
  return ok({ status: 200, body: presentExplanation(explainStored(call.decisionInput)) });
}

async function explainQuestion(deps: AdminDeps, asked: z.infer<typeof body>): Promise<Result<Answer, RequestRefusal>> {
  const { from, to, direction, credential, at } = asked;
  if (from === undefined) return err(invalidBody(['from'], 'Say who calls, or give call_id.', 'missing'));
  if (to === undefined) return err(invalidBody(['to'], 'Say who is called, or give call_id.', 'missing'));
  const source = asked.source === undefined ? null : parseSource(asked.source);
  const question: ExplainQuestion = {
    from,
    to,
    ...(direction === undefined ? {} : { direction }),
    ...(source === null ? {} : { source }),
    ...(credential === undefined ? {} : { credential: loginOf(credential, deps.sipDomain) }),
    ...(at === undefined ? {} : { at }),
  };
  try {
    return ok({ status: 200, body: presentExplanation(await deps.explain(question)) });
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err({ kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 });
  }
}

/** `username` in the platform's realm, or `username@realm`. */
function loginOf(text: string, sipDomain: string): { readonly realm: string; readonly username: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { realm: sipDomain, username: text } : { realm: text.slice(at + 1), username: text.slice(0, at) };
}
