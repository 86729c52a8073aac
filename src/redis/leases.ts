import type { ChainableCommander, Redis } from 'ioredis';
import type { LeaseScope } from '../domain/lease.ts';
import { RELEASE } from './admission-script.ts';
import { type AgentCall, decodeAgentCall, encodeAgentCall } from './agent-call.ts';
import { keys, ttl } from './keys.ts';
import { ASSERT_LEASE, FREE_LEASE } from './lease-script.ts';
import { START_MINUTES } from './minutes-script.ts';
import { isUnknownScript, type Script } from './script.ts';

/** What a call leaves in the use of its numbers and in its leases: since when (product time in ms) and whose it is. */
export const holderText = (at: number, agentId: string): string => `${at}.${agentId}`;

/** A live call as its agent knows it. */
export interface HeldCall extends AgentCall {
  readonly callId: string;
  readonly agentId: string;
  /** Product time in ms. */
  readonly since: number;
  /** Since when it uses up the minutes of which scopes; absent: of none. */
  readonly minutes?: { readonly since: number; readonly scopes: readonly LeaseScope[] };
}

/** One script of a trip. */
export interface TripStep {
  readonly script: Script;
  readonly names: readonly string[];
  readonly args: readonly (string | number)[];
}

/**
 * Sends several scripts in one trip, around them what `first` and `last` queue, and sends the scripts alone again where Redis did
 * not have one: each of ours may run twice. Throws the first error; returns what the scripts answered.
 */
export async function runTrip(
  redis: Redis,
  steps: readonly TripStep[],
  first: (pipeline: ChainableCommander) => void = () => {},
  last: (pipeline: ChainableCommander) => void = () => {},
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  first(pipeline);
  const before = pipeline.length;
  for (const { script, names, args } of steps) pipeline.evalsha(script.sha, names.length, ...names, ...args);
  last(pipeline);
  const replies = await pipeline.exec();
  if (replies === null) throw new Error('Redis gave no answer to a pipeline');
  for (const [error] of replies) if (error !== null && !isUnknownScript(error)) throw error;
  const answers = replies.slice(before, before + steps.length);
  return await Promise.all(
    steps.map(({ script, names, args }, index) =>
      answers[index]?.[0] == null ? answers[index]?.[1] : redis.eval(script.text, names.length, ...names, ...args),
    ),
  );
}

/**
 * Sends scripts behind their texts, so that none is sent again behind what came after it: a Redis that was restarted knows no script, and
 * a holder put in by a second try, after the call's end, would stay. Throws the first error; returns what the scripts answered.
 */
export async function runInOrder(
  redis: Redis,
  steps: readonly TripStep[],
  first: (pipeline: ChainableCommander) => void = () => {},
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  first(pipeline);
  for (const text of new Set(steps.map(({ script }) => script.text))) pipeline.script('LOAD', text);
  const before = pipeline.length;
  for (const { script, names, args } of steps) pipeline.evalsha(script.sha, names.length, ...names, ...args);
  const replies = await pipeline.exec();
  if (replies === null) throw new Error('Redis gave no answer to a pipeline');
  for (const [error] of replies) if (error !== null) throw error;
  return replies.slice(before).map(([, answer]) => answer);
}

/** What gives back everything a call holds: its numbers with their leases, whose last call is then `at`, and its other leases. */
export function letGo(callId: string, { numberIds, leases }: AgentCall, at: number): TripStep[] {
  const numbers = numberIds.map((numberId) => ({
    script: RELEASE,
    names: [keys.use(numberId), keys.lease({ kind: 'number', id: numberId }), keys.minutes({ kind: 'number', id: numberId })],
    args: [callId, at, ttl.useMs],
  }));
  const others = leases.filter(({ kind, id }) => kind !== 'number' || !numberIds.includes(id));
  return [...numbers, ...others.map((scope) => freeing(scope, callId, at))];
}

/** What takes one lease of a call, with its minutes up to `at`. */
export const freeing = (scope: LeaseScope, callId: string, at: number): TripStep => ({
  script: FREE_LEASE,
  names: [keys.lease(scope), keys.minutes(scope)],
  args: [callId, at],
});

/** What lets a call use up the minutes of scopes from `at` on, as far as it holds them; doing so twice, or after its end, changes nothing. */
export const startMinutes = (callId: string, scopes: readonly LeaseScope[], at: number): TripStep[] =>
  scopes.map((scope) => ({
    script: START_MINUTES,
    names: [keys.lease(scope), keys.minutes(scope), keys.minutesClosed(scope)],
    args: [callId, at, ttl.minutesMs],
  }));

/**
 * Puts live calls in as holders of their leases whatever the limits say, and lists them with their agent again: for calls that go on
 * while Redis forgot them (a replay after a Redis loss; a call let in with `limits: open`). It may run any number of times, before or
 * after the call's end only as long as that end is sent behind it on the same connection or by the same queue: a holder put in after
 * the last end stays until the agent's next report. Numbers' `use` is not touched: whoever replays moves last calls anyway.
 * Returns how many leases were not there before: count them as `dialplane_leases_reasserted_total`. `countedTo` hears of each call whose
 * minutes go on where somebody who took its agent for dead had ended them (product time in ms).
 */
export async function assertLeases(
  redis: Redis,
  calls: readonly HeldCall[],
  countedTo: (callId: string, at: number) => void = () => {},
): Promise<number> {
  let added = 0;
  for (let at = 0; at < calls.length; at += CALLS_PER_TRIP) {
    const some = calls.slice(at, at + CALLS_PER_TRIP);
    const steps: TripStep[] = some.flatMap(({ callId, agentId, since, leases }) =>
      leases.map((scope) => ({ script: ASSERT_LEASE, names: [keys.lease(scope)], args: [callId, holderText(since, agentId), agentId] })),
    );
    const held = steps.length;
    for (const { callId, minutes } of some) steps.push(...startMinutes(callId, minutes?.scopes ?? [], minutes?.since ?? 0));
    const replies = await runInOrder(redis, steps, (pipeline) => {
      // The list first: whoever closes the calls of a dead agent must find what there is to give back.
      for (const call of some) pipeline.hset(keys.agentCalls(call.agentId), call.callId, encodeAgentCall(call));
      for (const agentId of new Set(some.map((call) => call.agentId))) pipeline.pexpire(keys.agentCalls(agentId), ttl.agentCallsMs);
    });
    added += replies.slice(0, held).filter((reply) => reply === 1).length;
    for (const [index, { args }] of steps.entries()) {
      const reply = replies[index];
      if (index >= held && typeof reply === 'string') countedTo(String(args[0]), Number(reply));
    }
  }
  return added;
}

const CALLS_PER_TRIP = 100;

/** The leases Redis lists a call of an agent with; none when it lists no such call. */
export async function leasesOf(redis: Redis, agentId: string, callId: string): Promise<readonly LeaseScope[]> {
  const text = await redis.hget(keys.agentCalls(agentId), callId);
  return text === null ? [] : decodeAgentCall(text).leases;
}
