import type { Redis } from 'ioredis';
import type { LostCalls } from '../app/ports/lost-calls.ts';
import type { EndedEvent } from '../domain/call-event.ts';
import { type AgentCall, decodeAgentCall } from './agent-call.ts';
import { encodeCallEvent } from './call-event-codec.ts';
import { CLOSE_CALL } from './close-call-script.ts';
import { keys, ttl } from './keys.ts';
import { type ScriptCall, tryScripts } from './script.ts';

const SCANNED_PER_TRIP = 500;
const CLOSED_PER_TRIP = 100;
/** What the script answers. */
const [CLOSED, HEARD_OF] = [1, -1];

/** A call as it was read. */
interface ReadCall extends AgentCall {
  readonly callId: string;
  /** Text of its entry in the agent's list, '' without one. */
  readonly entry: string;
}

/** Builds what closes calls in the place of their agent. */
export function createLostCalls(redis: Redis): LostCalls {
  const close = (agentId: string, judged: string | null, calls: readonly ReadCall[], endOf: (callId: string) => EndedEvent) =>
    tryScripts(
      redis,
      CLOSE_CALL,
      calls.map((call) => closing(agentId, judged ?? '', call, endOf(call.callId))),
    );
  return {
    async closeListed(agentId, judged, endOf, goesOn) {
      const closed: string[] = [];
      let fault: Error | null = null;
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(keys.agentCalls(agentId), cursor, 'COUNT', SCANNED_PER_TRIP);
        const listed = readCalls(fields);
        for (let at = 0; at < listed.length; at += CLOSED_PER_TRIP) {
          const some = listed.slice(at, at + CLOSED_PER_TRIP);
          const replies = await close(agentId, judged, some, endOf);
          closed.push(...some.filter((_, index) => replies[index]?.[1] === CLOSED).map(({ callId }) => callId));
          if (replies.some(([, reply]) => reply === HEARD_OF)) return { closed, left: 'changed' };
          // One that cannot be closed must not keep the others open.
          fault ??= replies.find(([error]) => error !== null)?.[0] ?? null;
          if (fault !== null && replies.every(([error]) => error !== null)) throw fault;
          if (!goesOn()) return { closed, left: 'some' };
        }
        cursor = next;
      } while (cursor !== '0');
      if (fault !== null) throw fault;
      return { closed, left: (await redis.exists(keys.agentCalls(agentId))) === 0 ? 'none' : 'some' };
    },
    async closeUnlisted(agentId, judged, calls, endOf) {
      const unlisted = calls.map(({ callId, numberIds }) => ({ callId, numberIds, leases: [], entry: '' }));
      const replies = await close(agentId, judged, unlisted, endOf);
      for (const [error] of replies) if (error !== null) throw error;
      return replies.some(([, reply]) => reply === HEARD_OF) ? 'changed' : 'done';
    },
  };
}

/** HSCAN answers with names and values in turn. */
function readCalls(fields: readonly string[]): ReadCall[] {
  const calls: ReadCall[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const entry = fields[at + 1] ?? '';
    calls.push({ callId: fields[at] ?? '', entry, ...decodeAgentCall(entry) });
  }
  return calls;
}

function closing(agentId: string, judged: string, { callId, entry, numberIds, leases }: ReadCall, event: EndedEvent): ScriptCall {
  const numbers = numberIds.map((id) => ({ kind: 'number', id }) as const);
  const others = leases.filter(({ kind, id }) => kind !== 'number' || !numberIds.includes(id));
  const names = [keys.agents, keys.callLog, keys.agentCalls(agentId)];
  for (const scope of numbers) names.push(keys.use(scope.id), keys.lease(scope), keys.minutes(scope), keys.minutesClosed(scope));
  for (const scope of others) names.push(keys.lease(scope), keys.minutes(scope), keys.minutesClosed(scope));
  return {
    keys: names,
    args: [agentId, judged, callId, entry, encodeCallEvent(event), event.at, numbers.length, ttl.useMs, ttl.minutesMs],
  };
}
