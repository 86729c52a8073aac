import type { LeaseScope } from '../domain/lease.ts';
import { bounded } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { AgentOrder, AgentOrders } from '../redis/agent-inbox.ts';

const WAIT_MS = 500;
const READ_MS_MAX = 3000;

/** Carries out what comes into the agent's inbox (decision C8). One slow order holds up no other. */
export function takeOrders(deps: {
  readonly orders: AgentOrders;
  readonly agent: {
    hangUp(callId: string): Promise<'ended' | 'unknown'>;
    forgetLease(callId: string, scope: LeaseScope): 'released' | 'unknown';
    trace(sipCallIds: readonly string[]): Promise<readonly string[]>;
  };
  readonly log: Logger;
}): Loop {
  const { orders, agent, log } = deps;
  const answerTo = async (order: AgentOrder): Promise<string> => {
    if (order.type === 'hangup') return agent.hangUp(order.callId);
    if (order.type === 'release') return agent.forgetLease(order.callId, order.scope);
    // Each is JSON already.
    return `[${(await agent.trace(order.sipCallIds)).join(',')}]`;
  };
  const carryOut = async (order: AgentOrder): Promise<void> => {
    try {
      await orders.answer(order, await answerTo(order));
    } catch (error) {
      log.warn('an order was not answered', { type: order.type, callId: order.callId, error: String(error) });
    }
  };
  let after = '0';
  return startLoop({
    name: 'agent inbox',
    intervalMs: WAIT_MS,
    log,
    async run() {
      const read = await bounded(orders.read(after, WAIT_MS), READ_MS_MAX, 'reading the inbox');
      after = read?.last ?? after;
      for (const order of read?.orders ?? []) void carryOut(order);
      return true;
    },
  });
}
