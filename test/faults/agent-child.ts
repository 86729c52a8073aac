import { openAgent } from '../sip/support/call-stage.ts';
import { AGENT_SETTINGS, PROMISE_MS } from './agent-settings.ts';
import { arm, record } from './fault-runtime.ts';
import type { AgentOrder, AgentWord } from './messages.ts';

const tell = (word: AgentWord): void => void process.send?.(word);
let reached: readonly string[] = [];

process.on('message', (order: AgentOrder) => void obey(order));
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });

async function obey(order: AgentOrder): Promise<void> {
  if (order.type === 'open') {
    const { control, redisUrl, journals } = order;
    const { agent } = await openAgent(control, redisUrl, Buffer.alloc(32), AGENT_SETTINGS, { journals, promiseMs: PROMISE_MS });
    tell({ type: 'open', agentId: agent.agentId });
    return;
  }
  if (order.type === 'tell') return tell({ type: 'reached', reached });
  reached = record();
  if (order.fault !== null) arm(order.fault, () => tell({ type: 'hit' }));
  tell({ type: 'armed' });
}
