import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { AgentInbox } from '../app/ports/jobs.ts';
import type { LeaseScope } from '../domain/lease.ts';
import { newId } from '../kit/ids.ts';
import { scopeIn, scopeText } from './agent-call.ts';
import { keys, ttl } from './keys.ts';
import { runScript, script } from './script.ts';
import { BadValue } from './strict-json.ts';

/** What an agent is told to do: to end a call, to forget one lease of it, or to show its messages. */
export type AgentOrder = { readonly streamId: string; readonly callId: string; readonly replyId: string } & (
  | { readonly type: 'hangup' }
  | { readonly type: 'release'; readonly scope: LeaseScope }
  | { readonly type: 'trace'; readonly sipCallIds: readonly string[] }
);

/** What an agent says of an order it carried out; a trace is answered by its text. */
type OrderAnswer = 'ended' | 'released' | 'unknown';

/** The agent's end of its inbox. */
export interface AgentOrders {
  /** Orders behind `after` (`0` at the start) that are still wanted; waits up to `waitMs` for some. */
  read(after: string, waitMs: number): Promise<{ readonly orders: readonly AgentOrder[]; readonly last: string }>;
  answer(order: AgentOrder, answer: string): Promise<void>;
}

const ORDERS_MAX = 1000;
const ORDERS_PER_READ = 100;
const LOOK_MS = 15;
const CALL_IDS_MAX = 50;

/**
 * Deadlines are in Redis' time, so that the clocks of agents and workers need not agree. The inbox goes a minute after its last
 * order: an agent that died does not leave it behind. KEYS 1 inbox. ARGV 1 call  2 reply id  3 ms to the deadline  4 TTL in ms
 * 5 orders at most  6 type  7 scope or ''.
 */
const SEND = script(`
local time = redis.call('TIME')
local deadline = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3]
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[5], '*', 't', ARGV[6], 'c', ARGV[1], 'r', ARGV[2], 'd', string.format('%d', deadline), 's', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`);

/** Builds the sender of orders; an agent has `deadlineMs` to carry one out. */
export function createAgentInbox(redis: Redis, deadlineMs: number): AgentInbox {
  const ask = async (agentId: string, callId: string, order: readonly [string, string]): Promise<string | null> => {
    const replyId = newId();
    const until = performance.now() + deadlineMs;
    await runScript(redis, SEND, [keys.inbox(agentId)], [callId, replyId, deadlineMs, ttl.inboxMs, ORDERS_MAX, ...order]);
    while (performance.now() < until) {
      const text = await redis.get(keys.inboxReply(agentId, replyId));
      if (text !== null) return text;
      await delay(LOOK_MS);
    }
    return null;
  };
  const send = async <A extends OrderAnswer>(agentId: string, callId: string, order: readonly [string, string], answers: readonly A[]) => {
    const text = await ask(agentId, callId, order);
    return answers.find((one) => one === text) ?? 'no_answer';
  };
  return {
    hangUp: (agentId, callId) => send(agentId, callId, ['hangup', ''], ['ended', 'unknown']),
    release: (agentId, callId, scope) => send(agentId, callId, ['release', scopeText(scope)], ['released', 'unknown']),
    trace: (agentId, callId, sipCallIds) => ask(agentId, callId, ['trace', JSON.stringify(sipCallIds.slice(0, CALL_IDS_MAX))]),
  };
}

/** Builds the agent's end. `blocking` is a connection of its own. */
export function createAgentOrders(deps: { readonly redis: Redis; readonly blocking: Redis; readonly agentId: string }): AgentOrders {
  const { redis, blocking, agentId } = deps;
  return {
    async read(after, waitMs) {
      const found = await blocking.xread('COUNT', ORDERS_PER_READ, 'BLOCK', waitMs, 'STREAMS', keys.inbox(agentId), after);
      const entries = found?.[0]?.[1] ?? [];
      const last = entries.at(-1)?.[0] ?? after;
      if (entries.length === 0) return { orders: [], last };
      const [seconds, micros] = await redis.time();
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      const orders = entries.flatMap(([streamId, fields]) => orderOf(streamId, fields, now) ?? []);
      await redis.xdel(keys.inbox(agentId), ...entries.map(([streamId]) => streamId));
      return { orders, last };
    },
    async answer({ replyId }, answer) {
      await redis.set(keys.inboxReply(agentId, replyId), answer, 'PX', ttl.inboxReplyMs);
    },
  };
}

/** undefined: not an order, or one that nobody waits for any more. */
function orderOf(streamId: string, fields: readonly string[], now: number): AgentOrder | undefined {
  const field = (name: string): string => fields[fields.findIndex((one, index) => index % 2 === 0 && one === name) + 1] ?? '';
  const [type, callId, replyId, deadline] = [field('t'), field('c'), field('r'), Number(field('d'))];
  if (!(deadline > now)) return undefined;
  if (type === 'hangup') return { streamId, type, callId, replyId };
  if (type === 'trace') return { streamId, type, callId, replyId, sipCallIds: callIdsIn(field('s')) };
  const scope = type === 'release' ? scopeOrNone(field('s')) : undefined;
  return scope === undefined ? undefined : { streamId, type: 'release', callId, replyId, scope };
}

/** One order that nobody can read must not stop all that come behind it. */
function scopeOrNone(text: string): LeaseScope | undefined {
  try {
    return scopeIn(text);
  } catch (error) {
    if (error instanceof BadValue) return undefined;
    throw error;
  }
}

function callIdsIn(text: string): string[] {
  try {
    const ids: unknown = JSON.parse(text);
    return Array.isArray(ids) ? ids.slice(0, CALL_IDS_MAX).filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
