import type pg from 'pg';
import type { CallFolder } from '../app/ports/calls.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { Logger } from '../kit/log.ts';
import { lacksDay, makeDaysOf } from './call-days.ts';
import { attemptFacts, callFacts, factsJson } from './call-facts.ts';
import { FOLD } from './fold-statement.ts';
import { notifier } from './notify.ts';
import { openCallsOfOthers } from './open-calls.ts';
import type { Queryable } from './pool.ts';
import { sqlState, withRetries } from './transaction.ts';

/**
 * Folds call events into call records. Every event writes only what it alone knows, by keys of its own, and what it writes does
 * not depend on what came before: repeated, late or reordered events end in the same rows (decision C5, invariant 12).
 */
export function postgresCallFolder(pool: pg.Pool, log: Logger): CallFolder {
  const wakeReaders = notifier(pool, 'calls', log);
  return {
    async fold(events) {
      if (events.length === 0) return;
      await foldOrReject(pool, log, byCall(events));
      wakeReaders();
    },
    openCallsOfOthers: (aliveAgentIds, startedBefore) => openCallsOfOthers(pool, aliveAgentIds, startedBefore),
  };
}

function byCall(events: readonly CallEvent[]): readonly (readonly CallEvent[])[] {
  const calls = new Map<string, CallEvent[]>();
  for (const event of events) {
    const known = calls.get(event.callId);
    if (known === undefined) calls.set(event.callId, [event]);
    else known.push(event);
  }
  // In key order, so that two drains queue instead of blocking each other.
  return [...calls].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, of]) => of);
}

/** Data exceptions (22) and violated constraints (23): the same events will fail again, however often they are tried. */
const isDataFault = (error: unknown): boolean =>
  /^2[23]/.test(sqlState(error) ?? '') || error instanceof TypeError || error instanceof RangeError;

/** One statement for the batch. Where a call's events cannot be stored the batch is halved until that call stands alone. */
async function foldOrReject(pool: pg.Pool, log: Logger, calls: readonly (readonly CallEvent[])[]): Promise<void> {
  try {
    await withRetries(log, () => foldOnDays(pool, calls));
  } catch (error) {
    if (!isDataFault(error)) throw error;
    if (calls.length === 1) return reject(pool, log, calls[0] ?? [], error);
    const half = Math.ceil(calls.length / 2);
    await foldOrReject(pool, log, calls.slice(0, half));
    await foldOrReject(pool, log, calls.slice(half));
  }
}

/** Days are made ahead by the worker; one that is missing all the same is made here, unless it is no longer kept. */
async function foldOnDays(pool: pg.Pool, calls: readonly (readonly CallEvent[])[]): Promise<void> {
  try {
    await foldCalls(pool, calls);
  } catch (error) {
    if (!lacksDay(error)) throw error;
    await makeDaysOf(
      pool,
      calls.map(([first]) => first?.callId ?? ''),
    );
    await foldCalls(pool, calls);
  }
}

async function reject(pool: pg.Pool, log: Logger, events: readonly CallEvent[], error: unknown): Promise<void> {
  log.error('call events cannot be stored', { callId: events[0]?.callId, events: events.length, error: String(error) });
  // The text form of JSON escapes what Postgres text cannot hold, so this insert cannot fail on the same data.
  await pool.query('insert into call_events_rejected (event, error) select e, $2 from unnest($1::text[]) as e', [
    events.map((event) => JSON.stringify(event).replaceAll(/\p{Surrogate}/gu, '�')),
    String(error).replaceAll('\0', '').slice(0, 500),
  ]);
}

async function foldCalls(db: Queryable, calls: readonly (readonly CallEvent[])[]): Promise<void> {
  await db.query(FOLD, [factsJson(calls.map(callFacts)), factsJson(calls.flatMap(attemptFacts))]);
}
