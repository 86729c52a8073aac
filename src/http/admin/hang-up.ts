import { z } from 'zod';
import { hangUpCall } from '../../app/calls/hang-up-call.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';

/** Ending a live call by hand. */
export const hangUpOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'POST',
    path: '/calls/:call_id/hangup',
    operationId: 'hangUpCall',
    summary: 'End a live call: both parties get a BYE, or the caller a 480 when nobody had answered.',
    tag: 'Calls',
    resource: 'call',
    changes: true,
    params: z.object({ call_id: uuidField() }),
    responses: { 200: { description: 'The call was ended.', schema: z.object({ call_id: z.string(), outcome: z.literal('ended') }) } },
    async handle({ actor, params }) {
      const run = () => hangUpCall(deps, actor, params.call_id);
      return answerChangeOnce(actor, run, { status: 200, body: (callId) => ({ call_id: callId, outcome: 'ended' }) });
    },
  }),
];
