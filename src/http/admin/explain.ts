import { z } from 'zod';
import { type ExplainQuestion, explainPast } from '../../app/calls/explain-call.ts';
import { isDecided } from '../../app/calls/stored-decision.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { isDomainLabel } from '../../domain/source-marks.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { textField, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { timeField } from './fields.ts';
import { explanationSchema, pastExplanationSchema, presentExplanation, presentPastExplanation } from './present-explanation.ts';
import { loginOf, parseSource, sourceField } from './source-field.ts';

const body = z.object({
  call_id: uuidField().optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  from: textField(128).optional(),
  to: textField(128).optional(),
  source: sourceField().optional(),
  token: z.boolean().describe('The call bears the right token of whichever trunk group asks for one.').optional(),
  sip_domain: textField(63).refine(isDomainLabel, 'Must be one label of a host name, in lower case.').optional(),
  trunk_group_id: uuidField().optional(),
  account_id: uuidField().optional(),
  credential: textField(128).optional(),
  at: timeField().optional(),
});

/** Why a call would, or did, go where it went. */
export const explainOperations = (deps: AdminDeps): AnyOperation[] => [explainCallOperation(deps), explainPastCallOperation(deps)];

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
        description:
          'Every step, the versions read, and each candidate with the reason it won or lost; of a past call what became of it, too.',
        schema: z.union([pastExplanationSchema, explanationSchema]),
      },
    },
    async handle({ body: asked }) {
      const { call_id: callId, ...question } = asked;
      if (callId === undefined) return explainQuestion(deps, asked);
      const [extra] = Object.keys(question);
      if (extra !== undefined) return err(invalidBody([extra], 'A past call is explained by its call_id alone.', 'not_supported'));
      return explainPastCall(deps, callId);
    },
  });

const explainPastCallOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/calls/:call_id/explain',
    operationId: 'explainPastCall',
    summary: 'Explain a call that was, from what was stored with it.',
    tag: 'Calls',
    resource: 'call',
    params: z.object({ call_id: uuidField() }),
    responses: {
      200: {
        description:
          'Every step, the versions read, each candidate with the reason it won or lost, each attempt, and what became of the call.',
        schema: pastExplanationSchema,
      },
    },
    handle: ({ params }) => explainPastCall(deps, params.call_id),
  });

async function explainPastCall(deps: AdminDeps, callId: string): Promise<Result<Answer, RequestRefusal>> {
  const call = await deps.calls.get(callId);
  if (call === null) return err({ kind: 'not_found', resource: 'call' });
  if (call.decisionInput === null)
    return err({ kind: 'expired', code: 'explain_expired', detail: 'What the call was decided on is no longer kept.' });
  if (!isDecided(call.decisionInput))
    return err({ kind: 'expired', code: 'explain_undecided', detail: 'The call was turned away before anything could be decided.' });
  return ok({ status: 200, body: presentPastExplanation(explainPast(call.decisionInput, call)) });
}

async function explainQuestion(deps: AdminDeps, asked: z.infer<typeof body>): Promise<Result<Answer, RequestRefusal>> {
  const { from, to, direction, credential, at, trunk_group_id: trunkGroupId, account_id: accountId } = asked;
  if (from === undefined) return err(invalidBody(['from'], 'Say who calls, or give call_id.', 'missing'));
  if (to === undefined) return err(invalidBody(['to'], 'Say who is called, or give call_id.', 'missing'));
  const source = asked.source === undefined ? null : parseSource(asked.source);
  const question: ExplainQuestion = {
    from,
    to,
    ...(direction === undefined ? {} : { direction }),
    ...(source === null ? {} : { source }),
    ...(asked.token === undefined ? {} : { bearsToken: asked.token }),
    ...(asked.sip_domain === undefined ? {} : { domains: [asked.sip_domain] }),
    ...(credential === undefined ? {} : { credential: loginOf(credential, deps.sipDomain) }),
    ...(trunkGroupId === undefined ? {} : { trunkGroupId }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(at === undefined ? {} : { at }),
  };
  try {
    return ok({ status: 200, body: presentExplanation(await deps.explain(question)) });
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err({ kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 });
  }
}
