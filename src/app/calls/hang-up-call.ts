import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { CallReader } from '../ports/calls.ts';
import type { AgentInbox } from '../ports/jobs.ts';

export interface HangUpCallDeps extends ChangeDeps {
  readonly calls: Pick<CallReader, 'get'>;
  readonly inbox: Pick<AgentInbox, 'hangUp'>;
}

const OVER: RequestRefusal = { kind: 'wrong_state', detail: 'The call is over.' };

/** Has the agent of a live call end it; both parties get a BYE, or the caller a 480 when nobody had answered. */
export async function hangUpCall(deps: HangUpCallDeps, actor: Actor, callId: string): Promise<Result<Changed<string>, RequestRefusal>> {
  const call = await deps.calls.get(callId);
  if (call === null) return err({ kind: 'not_found', resource: 'call' });
  if (call.endedAt !== null) return err(OVER);
  const answer = await deps.inbox.hangUp(call.agentId, callId);
  if (answer === 'unknown') return err(OVER);
  if (answer === 'no_answer') return err({ kind: 'unavailable', part: 'agent', code: 'agent_no_answer', retryAfterSeconds: 2 });
  return change(deps, actor, async (tx) => {
    await tx.audit({
      action: 'call.hang_up',
      resource: `call:${callId}`,
      accountId: call.accountId,
      before: null,
      after: { mode: call.mode, endedBy: 'platform' },
    });
    return ok(callId);
  });
}
