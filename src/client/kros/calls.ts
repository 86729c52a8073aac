// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CallAnswer,
  ExplainCallAnswer,
  ExplainCallBody,
  ExplainPastCallAnswer,
  ListCallsAnswer,
  ListCallsQuery,
} from './calls-wire.ts';

/** Calls: one method an operation. */
export const callsApi = (send: Send) => ({
  /** List calls to and from numbers of yours, newest first */
  listCalls: (query: ListCallsQuery = {}, options?: CallOptions) =>
    send<ListCallsAnswer>({ method: 'GET', path: '/calls', query, answer: 'json' }, options),
  /** Get a call of yours */
  getCall: (callId: string, options?: CallOptions) =>
    send<CallAnswer>({ method: 'GET', path: `/calls/${segment(callId)}`, answer: 'json' }, options),
  /** Explain a call to or from a number of yours that could be placed now; changes nothing */
  explainCall: (body: ExplainCallBody, options?: CallOptions) =>
    send<ExplainCallAnswer>({ method: 'POST', path: '/calls/explain', json: body, answer: 'json' }, options),
  /** Explain a call of yours, from what it was decided on */
  explainPastCall: (callId: string, options?: CallOptions) =>
    send<ExplainPastCallAnswer>({ method: 'GET', path: `/calls/${segment(callId)}/explain`, answer: 'json' }, options),
});
