import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script and the name Redis caches it under. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** Names a script by its SHA-1, as EVALSHA does. */
export const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

/** One run of a script. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** True for the error by which Redis says it does not have a script. */
export const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Runs a script by its hash and sends its text only to a Redis that does not have it. */
export async function runScript(redis: Redis, what: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
  try {
    return await redis.evalsha(what.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.eval(what.text, keys.length, ...keys, ...args);
  }
}

/** Runs a script many times in one trip; throws the first error after all have been answered. */
export async function runScripts(redis: Redis, what: Script, calls: readonly ScriptCall[]): Promise<unknown[]> {
  return (await tryScripts(redis, what, calls)).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}

/** The same with each run's own error; throws only when the trip itself failed. */
export async function tryScripts(redis: Redis, what: Script, calls: readonly ScriptCall[]): Promise<[Error | null, unknown][]> {
  if (calls.length === 0) return [];
  const replies = await runAll(redis, what, calls);
  if (!replies.some(([error]) => isUnknownScript(error))) return replies;
  // A script that runs again must be one that may: all of ours compare before they set.
  await redis.script('LOAD', what.text);
  return runAll(redis, what, calls);
}

async function runAll(redis: Redis, what: Script, calls: readonly ScriptCall[]): Promise<[Error | null, unknown][]> {
  const pipeline = redis.pipeline();
  for (const call of calls) pipeline.evalsha(what.sha, call.keys.length, ...call.keys, ...call.args);
  const replies = await pipeline.exec();
  if (replies === null) throw new Error('Redis gave no answer to a pipeline');
  return replies;
}
