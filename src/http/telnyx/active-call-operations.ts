import { z } from 'zod';
import type { LeaseHolder } from '../../app/ports/limits.ts';
import { ACTIVE_CALLS_MAX, listActiveCalls } from '../../app/trunk-groups/list-active-calls.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { connectionParams, read } from './connection-operations.ts';
import type { ConnectionDeps } from './connection-sorts.ts';
import { listQuery } from './filters.ts';
import { listSchema, metaOf, offsetOf, pageFields } from './page.ts';

export interface ActiveCallDeps extends ConnectionDeps {
  readonly clock: Clock;
}

const callSchema = z.object({
  record_type: z.literal('call'),
  call_control_id: z.string(),
  call_leg_id: z.string(),
  call_session_id: z.string(),
  call_duration: z.int().describe('Seconds since it was let in.'),
  client_state: z.string(),
});

/** A call is not steered by commands here: its three ids are one, and there is no state of a client's. */
const presentCall = ({ callId, since }: LeaseHolder, nowMs: number) => ({
  record_type: 'call',
  call_control_id: callId,
  call_leg_id: callId,
  call_session_id: callId,
  call_duration: Math.max(0, Math.floor((nowMs - since) / 1000)),
  client_state: '',
});

/** The calls that a connection carries now. */
export const activeCallOperations = (deps: ActiveCallDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/connections/:id/active_calls',
    operationId: 'listConnectionActiveCalls',
    summary: 'List all active calls for given connection',
    tag: 'Call Information',
    resource: 'trunk_group',
    params: connectionParams,
    query: listQuery(pageFields()),
    need: read,
    responses: {
      200: { description: `A page of calls, oldest first, of at most ${ACTIVE_CALLS_MAX}.`, schema: listSchema(callSchema) },
      404: { description: 'No such connection of yours' },
      503: { description: 'The live calls cannot be told now' },
    },
    async handle({ actor, params, query }) {
      const found = await listActiveCalls(deps, actor, params.id);
      if (!found.ok) return found;
      const calls = found.value;
      const { offset, limit } = offsetOf(query);
      const data = calls.slice(offset, offset + limit).map((call) => presentCall(call, deps.clock.now()));
      // The vendor pages these by cursor (seed-apis A.0) and its client by number: there is only ever one walk behind both.
      const cursors = { cursors: { after: null, before: null }, next: null, previous: null, total_items: calls.length };
      return ok({ status: 200, body: { data, meta: { ...metaOf(query, calls.length), ...cursors } } });
    },
  }),
];
