import { z } from 'zod';
import type { CallRecord } from '../../app/ports/calls.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { integerText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { callFilterFields, callFilterOf } from './call-query.ts';
import { exportCallsOperation } from './export-calls.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';
import { callSchema, presentCall } from './present-call.ts';

const WAIT_MS_MAX = 10_000;
const LOOK_AGAIN_MS = 50;

/** Looks again until `found` is satisfied or the time is over: the call log is drained a moment after the call. */
async function waitFor<T>(look: () => Promise<T>, found: (value: T) => boolean, waitMs: number): Promise<T> {
  const until = performance.now() + waitMs;
  for (;;) {
    const value = await look();
    if (found(value) || performance.now() >= until) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

const isOver = (call: CallRecord | null): boolean => call !== null && call.endedAt !== null;
const waitField = { wait_ms: integerText(0, WAIT_MS_MAX).default(0) };
const tag = 'Calls';

/** Call records with every attempt. */
export const callOperations = (deps: AdminDeps): AnyOperation[] => [
  listCallsOperation(deps),
  // Before the one whose path takes any word.
  exportCallsOperation(deps),
  getCallOperation(deps),
];

const listCallsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/calls',
    operationId: 'listCalls',
    summary: 'List calls, newest first; `wait_ms` waits for one that has ended.',
    tag,
    query: z.object({
      ...pageFields,
      ...waitField,
      ...callFilterFields,
    }),
    responses: { 200: { description: 'A page of calls.', schema: listSchema(callSchema) } },
    async handle({ query }) {
      const filter = callFilterOf(query);
      const rows = await waitFor(
        () => deps.calls.list(filter, pageOf(query)),
        (found) => found.some(isOver),
        query.wait_ms,
      );
      const key = (row: CallRecord) => ({ createdAt: row.startedAt, id: row.callId });
      return ok({ status: 200, body: listBody(rows, query.limit, key, presentCall) });
    },
  });

const getCallOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/calls/:call_id',
    operationId: 'getCall',
    summary: 'Get one call by our call id.',
    tag,
    resource: 'call',
    params: z.object({ call_id: uuidField() }),
    query: z.object(waitField),
    responses: { 200: { description: 'The call.', schema: callSchema } },
    async handle({ params, query }) {
      const call = await waitFor(() => deps.calls.get(params.call_id), isOver, query.wait_ms);
      return call === null ? err({ kind: 'not_found', resource: 'call' }) : ok({ status: 200, body: presentCall(call) });
    },
  });
