import { type CallTrace, readTrace } from '../../domain/call-trace.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { bounded } from '../../kit/lifecycle.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { CallReader, CallRecord } from '../ports/calls.ts';
import type { AgentInbox } from '../ports/jobs.ts';
import type { AgentRegistry } from '../ports/routing.ts';

/** What looking at the messages of a call needs. */
export interface TraceCallDeps {
  readonly calls: Pick<CallReader, 'get'>;
  readonly agents: Pick<AgentRegistry, 'list'>;
  readonly inbox: Pick<AgentInbox, 'trace'>;
  /** Tells errors that say Redis cannot be read now from faults of ours. */
  isPlaneAway(error: unknown): boolean;
}

const REDIS_MS = 1000;
/** Agents asked at once when the one that had the call is gone. */
const AGENTS_MAX = 32;

const NONE: RequestRefusal = {
  kind: 'not_found',
  resource: 'trace',
  detail: 'No SIP server has messages of this call: it is too long ago, its server was started again or is away, or keeps none.',
};
const AWAY: RequestRefusal = { kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 };

/**
 * The SIP messages of a call. They are with the SIP server that carried it, which outlives agents and is asked through one: by the
 * agent of the call, else by any other that may be connected to the same server.
 */
export async function traceCall(deps: TraceCallDeps, callId: string): Promise<Result<CallTrace, RequestRefusal>> {
  const call = await deps.calls.get(callId);
  if (call === null) return err({ kind: 'not_found', resource: 'call' });
  try {
    const agents = await bounded(deps.agents.list(), REDIS_MS, 'agents').catch(() => undefined);
    if (agents === undefined) return err(AWAY);
    const alive = agents.filter((agent) => agent.alive).map(({ id }) => id);
    const [own, others] = [alive.filter((id) => id === call.agentId), alive.filter((id) => id !== call.agentId)];
    const first = await ask(deps, call, own);
    const trace = first.messages.length > 0 ? first : await ask(deps, call, others.slice(0, AGENTS_MAX));
    return trace.messages.length > 0 ? ok(trace) : err(NONE);
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(AWAY);
  }
}

async function ask({ inbox }: TraceCallDeps, call: CallRecord, agentIds: readonly string[]): Promise<CallTrace> {
  const callerCallId = call.origin?.sipCallId ?? '';
  const ids = [...new Set([callerCallId, ...call.sipCallIds, ...call.attempts.flatMap(({ sipCallId }) => sipCallId ?? [])])];
  const legs = ids.filter((id) => id !== '');
  const answers = await Promise.all(agentIds.map((id) => inbox.trace(id, call.callId, legs)));
  // Several agents of one server have the same to tell.
  const traces = answers.map((answer) => readTrace(answer === null ? [] : [answer], callerCallId));
  return traces.find(({ messages }) => messages.length > 0) ?? { messages: [], left: 0 };
}
