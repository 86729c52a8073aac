import { z } from 'zod';
import { getOwnCall, listOwnCalls, type OwnCall } from '../../app/calls/own-calls.ts';
import type { CallReader } from '../../app/ports/calls.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { integerText, textField, timeText, uuidField } from '../wire-fields.ts';

/** What reading an account's own calls needs. */
export interface KrosCallDeps {
  readonly calls: Pick<CallReader, 'get' | 'list'>;
}

const TAG = 'Calls';
const read = { role: 'member', scope: 'calls:read' } as const;
const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

const callSchema = z.object({
  id: z.string(),
  side: z.enum(['calling', 'called']).describe('Whether a number of yours was called, or called; `calling` where it is both.'),
  direction: z.enum(['inbound', 'outbound', 'internal', 'unknown']),
  from: z.string().describe('As it was presented.'),
  to: z.string(),
  phone_number_id: z.string().nullable().describe('The number of yours.'),
  started_at: z.string(),
  answered_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  duration_ms: z.int().nullable().describe('From answer to end; null while the call goes on.'),
  outcome: z.string().nullable(),
  sip_status: z.int().nullable(),
  refusal_code: z.string().nullable(),
  ended_by: z.string().nullable(),
});

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeText(ms));

const present = (call: OwnCall) => ({
  id: call.callId,
  side: call.direction === 'inbound' ? 'called' : call.side,
  direction: call.direction,
  from: call.caller,
  to: call.called,
  phone_number_id: call.numberId,
  started_at: timeText(call.startedAt),
  answered_at: timeOrNull(call.answeredAt),
  ended_at: timeOrNull(call.endedAt),
  duration_ms: call.durationMs,
  outcome: call.outcome,
  sip_status: call.sipStatus,
  refusal_code: call.refusalCode,
  ended_by: call.endedBy,
});

/** The calls of an account, both sides of those between two. The vendor has no such operations. */
export const callOperations = (deps: KrosCallDeps): AnyOperation[] => [list(deps), get(deps)];

const list = (deps: KrosCallDeps) =>
  operation({
    method: 'GET',
    path: '/calls',
    operationId: 'listCalls',
    summary: 'List calls to and from numbers of yours, newest first',
    tag: TAG,
    need: read,
    query: z.object({
      limit: integerText(1, LIMIT_MAX).default(LIMIT_DEFAULT),
      before: uuidField().optional().describe('The `next` of the page read last: only calls before it.'),
      number: textField(20).optional().describe('Called or calling, E.164.'),
      direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
    }),
    responses: {
      200: { description: 'A page of calls', schema: z.object({ calls: z.array(callSchema), next: z.string().nullable() }) },
    },
    async handle({ actor, query: { limit, before, number, direction } }) {
      const filter = { ...(number === undefined ? {} : { number }), ...(direction === undefined ? {} : { direction }) };
      // Calls are paged by their id, which is the order of their start.
      const page = { limit: limit + 1, after: before === undefined ? null : { createdAt: 0, id: before } };
      const rows = await listOwnCalls(deps, actor, filter, page);
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? (shown.at(-1)?.callId ?? null) : null;
      return ok({ status: 200, body: { calls: shown.map(present), next } });
    },
  });

const get = (deps: KrosCallDeps) =>
  operation({
    method: 'GET',
    path: '/calls/:call_id',
    operationId: 'getCall',
    summary: 'Get a call of yours',
    tag: TAG,
    need: read,
    resource: 'call',
    params: z.object({ call_id: uuidField() }),
    responses: { 200: { description: 'The call', schema: callSchema }, 404: { description: 'No such call of yours' } },
    async handle({ actor, params }) {
      const found = await getOwnCall(deps, actor, params.call_id);
      return found.ok ? ok({ status: 200, body: present(found.value) }) : found;
    },
  });
