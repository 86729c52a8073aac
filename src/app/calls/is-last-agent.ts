import type { AgentRegistry } from '../ports/routing.ts';

/** Whether no other agent is there to take new calls; also where nobody can say. */
export async function isLastAgent(agentId: string, registry: Pick<AgentRegistry, 'list'>): Promise<boolean> {
  try {
    const agents = await registry.list();
    return !agents.some(({ id, alive, mode }) => id !== agentId && alive && mode !== 'draining');
  } catch {
    return true;
  }
}
