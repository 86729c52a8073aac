import { z } from 'zod';
import { traceCall } from '../../app/calls/trace-call.ts';
import { callLadder } from '../../domain/call-ladder.ts';
import { type CallTrace, peerOf, traceText } from '../../domain/call-trace.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';

const present = (callId: string, { messages, left }: CallTrace) => ({
  call_id: callId,
  messages: messages.map((one) => ({
    at: new Date(one.at).toISOString(),
    leg: one.leg,
    direction: one.direction,
    peer: peerOf(one),
    transport: one.transport,
    sip_call_id: one.sipCallId,
    text: one.text,
  })),
  messages_left_out: left,
});

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

/** What went over the wire for a call. */
export const callTraceOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/calls/:call_id/trace',
    operationId: 'getCallTrace',
    summary: 'SIP messages of a call while its SIP server has them, secrets masked; as JSON, as text, or as a ladder of both legs.',
    tag: 'Calls',
    resource: 'call',
    params: z.object({ call_id: uuidField() }),
    query: z.object({ format: z.enum(['json', 'text', 'ladder']).optional() }),
    responses: {
      200: {
        description:
          '`json`: `{call_id, messages: [{at, leg: caller|callee, direction: in|out, peer, transport, sip_call_id, text}], messages_left_out}`; `text`, also for `Accept: text/plain`, and `ladder`: plain text.',
      },
    },
    async handle({ params, query, headers }) {
      const found = await traceCall(deps, params.call_id);
      if (!found.ok) return found;
      const format = query.format ?? (/^text\/plain\b/i.test(headers.accept ?? '') ? 'text' : 'json');
      if (format === 'json') return ok({ status: 200, body: present(params.call_id, found.value) });
      return ok({ status: 200, headers: TEXT, text: format === 'text' ? traceText(found.value) : callLadder(found.value) });
    },
  }),
];
