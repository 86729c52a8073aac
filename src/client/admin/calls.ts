// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CallAnswer,
  ExplainCallAnswer,
  ExplainCallBody,
  ExplainPastCallAnswer,
  ExportCallsQuery,
  GetCallQuery,
  GetCallTraceQuery,
  HangUpCallAnswer,
  HangUpCallQuery,
  ListCallsAnswer,
  ListCallsQuery,
} from './calls-wire.ts';

/** Calls: one method an operation. */
export const callsApi = (send: Send) => ({
  /** List calls, newest first; `wait_ms` waits for one that has ended. */
  listCalls: (query: ListCallsQuery = {}, options?: CallOptions) =>
    send<ListCallsAnswer>({ method: 'GET', path: '/admin/v1/calls', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateCalls: (query: ListCallsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListCallsAnswer>(
        { method: 'GET', path: '/admin/v1/calls', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Export calls as CSV or NDJSON, newest first; a last line `export_incomplete` says that it broke off. */
  exportCalls: (query: ExportCallsQuery = {}, options?: CallOptions) =>
    send<string>({ method: 'GET', path: '/admin/v1/calls/export', query, answer: 'file' }, options),
  /** Get one call by our call id. */
  getCall: (callId: string, query: GetCallQuery = {}, options?: CallOptions) =>
    send<CallAnswer>({ method: 'GET', path: `/admin/v1/calls/${segment(callId)}`, query, answer: 'json' }, options),
  /** SIP messages of a call while its SIP server has them, secrets masked; as JSON, as text, or as a ladder of both legs. */
  getCallTrace: (callId: string, query: GetCallTraceQuery = {}, options?: CallOptions) =>
    send<string>({ method: 'GET', path: `/admin/v1/calls/${segment(callId)}/trace`, query, answer: 'file' }, options),
  /** End a live call: both parties get a BYE, or the caller a 480 when nobody had answered. */
  hangUpCall: (callId: string, query: HangUpCallQuery = {}, options?: CallOptions) =>
    send<HangUpCallAnswer>({ method: 'POST', path: `/admin/v1/calls/${segment(callId)}/hangup`, query, answer: 'json' }, options),
  /** Explain a call that could be placed now, or one that was; changes nothing. */
  explainCall: (body: ExplainCallBody, options?: CallOptions) =>
    send<ExplainCallAnswer>({ method: 'POST', path: '/admin/v1/explain', json: body, answer: 'json' }, options),
  /** Explain a call that was, from what was stored with it. */
  explainPastCall: (callId: string, options?: CallOptions) =>
    send<ExplainPastCallAnswer>({ method: 'GET', path: `/admin/v1/calls/${segment(callId)}/explain`, answer: 'json' }, options),
});
