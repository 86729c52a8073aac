/** Agents that are missed soon: an agent is dead after six beats. */
export const AGENT_SETTINGS = { heartbeatMs: 100, firstResponseMs: 2000, ringMs: 5000 } as const;
export const DEAD_AFTER_MS = 6 * AGENT_SETTINGS.heartbeatMs;
export const PROMISE_MS = 400;
