import type pg from 'pg';
import type { CallFolder } from '../app/ports/calls.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { Logger } from '../kit/log.ts';
import { attemptFacts, type CallFacts, callFacts, factsJson } from './call-facts.ts';
import { notifier } from './notify.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { BEGIN_WRITE, inTransaction, sqlState, withRetries } from './transaction.ts';

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
  return [...calls.values()];
}

/** Data exceptions (22) and violated constraints (23): the same events will fail again, however often they are tried. */
const isDataFault = (error: unknown): boolean =>
  /^2[23]/.test(sqlState(error) ?? '') || error instanceof TypeError || error instanceof RangeError;

/** One transaction for the batch. Where a call's events cannot be stored the batch is halved until that call stands alone. */
async function foldOrReject(pool: pg.Pool, log: Logger, calls: readonly (readonly CallEvent[])[]): Promise<void> {
  try {
    await withRetries(log, () =>
      inTransaction(pool, BEGIN_WRITE, async (client) => ({ commit: true, value: await foldCalls(client, calls) })),
    );
  } catch (error) {
    if (!isDataFault(error)) throw error;
    if (calls.length === 1) return reject(pool, log, calls[0] ?? [], error);
    const half = Math.ceil(calls.length / 2);
    await foldOrReject(pool, log, calls.slice(0, half));
    await foldOrReject(pool, log, calls.slice(half));
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
  // In key order, so that two drains queue instead of blocking each other.
  const facts = calls.map(callFacts).toSorted((a, b) => (a.call_id < b.call_id ? -1 : 1));
  const inserted = await db.query<{ call_id: string }>(INSERT_CALLS, [factsJson(facts)]);
  const fresh = new Set(inserted.rows.map((row) => row.call_id));
  const known = facts.filter((call) => !fresh.has(call.call_id));
  if (known.length > 0) await db.query(UPDATE_CALLS, [factsJson(known)]);
  const attempts = calls.flatMap(attemptFacts);
  if (attempts.length > 0) await db.query(UPSERT_ATTEMPTS, [factsJson(attempts)]);
  await touchNumbers(db, facts);
}

const FACTS = `json_to_recordset($1) as e (call_id uuid, agent_id text, first_at timestamptz, last_seq int, sip_call_ids text[],
    direction text, mode text, caller text, called text, number_id uuid, account_id uuid, sub_account_id uuid, identified_by json,
    origin json, versions json, decision_input text, started_at timestamptz, answered_at timestamptz, ended_at timestamptz,
    outcome text, sip_status int, refusal_code text, ended_by text)`;

// A call whose first event has not come yet gets a row without parties; that event fills it in.
const INSERT_CALLS = `
  insert into calls (call_id, direction, mode, caller, called, number_id, account_id, sub_account_id, identified_by, origin, agent_id,
    started_at, answered_at, ended_at, outcome, sip_status, refusal_code, ended_by, versions, decision_input, sip_call_ids, last_seq)
  select call_id, coalesce(direction, 'unknown'), coalesce(mode, 'live'), coalesce(caller, ''), coalesce(called, ''), number_id,
    account_id, sub_account_id, identified_by, coalesce(origin, '{}'), agent_id, coalesce(started_at, first_at), answered_at, ended_at,
    outcome, sip_status, refusal_code, ended_by, coalesce(versions, '[]'), decision_input,
    (select coalesce(array_agg(id order by id), '{}') from unnest(sip_call_ids) as id), last_seq
  from ${FACTS}
  on conflict (call_id) do nothing returning call_id`;

// The end is written once; only the agent's own word replaces the platform's guess that the agent was lost.
const UPDATE_CALLS = `
  update calls c set
    direction = coalesce(e.direction, c.direction), mode = coalesce(e.mode, c.mode), caller = coalesce(e.caller, c.caller),
    called = coalesce(e.called, c.called), number_id = coalesce(e.number_id, c.number_id),
    account_id = coalesce(e.account_id, c.account_id), sub_account_id = coalesce(e.sub_account_id, c.sub_account_id),
    identified_by = coalesce(e.identified_by, c.identified_by), origin = coalesce(e.origin, c.origin),
    versions = coalesce(e.versions, c.versions), decision_input = coalesce(e.decision_input, c.decision_input),
    started_at = case when e.started_at is not null then e.started_at when c.versions::text = '[]' and c.origin::text = '{}'
      then least(c.started_at, e.first_at) else c.started_at end,
    answered_at = coalesce(c.answered_at, e.answered_at),
    ended_at = case when e.ends then e.ended_at else c.ended_at end,
    outcome = case when e.ends then e.outcome else c.outcome end,
    sip_status = case when e.ends then coalesce(e.sip_status, c.sip_status) else coalesce(c.sip_status, e.sip_status) end,
    refusal_code = case when e.ends then e.refusal_code else c.refusal_code end,
    ended_by = case when e.ends then e.ended_by else c.ended_by end,
    sip_call_ids = (select coalesce(array_agg(distinct id order by id), '{}') from unnest(c.sip_call_ids || e.sip_call_ids) as id),
    last_seq = greatest(c.last_seq, e.last_seq)
  from (
    select e.*, e.outcome is not null and (k.outcome is null or k.outcome = 'agent_lost') as ends
      from ${FACTS} join calls k using (call_id)
  ) e
  where c.call_id = e.call_id`;

const UPSERT_ATTEMPTS = `
  insert into call_attempts as a (call_id, n, trunk_group_id, gateway_id, uri, started_at, ended_at, sip_status, outcome)
  select call_id, n, trunk_group_id, gateway_id, uri, started_at, ended_at, sip_status, outcome
    from json_to_recordset($1) as e (call_id uuid, n int, trunk_group_id uuid, gateway_id uuid, uri text, started_at timestamptz,
      ended_at timestamptz, sip_status int, outcome text)
  on conflict (call_id, n) do update set
    trunk_group_id = coalesce(excluded.trunk_group_id, a.trunk_group_id), gateway_id = coalesce(excluded.gateway_id, a.gateway_id),
    uri = coalesce(excluded.uri, a.uri), started_at = coalesce(excluded.started_at, a.started_at),
    ended_at = coalesce(excluded.ended_at, a.ended_at), sip_status = coalesce(excluded.sip_status, a.sip_status),
    outcome = coalesce(excluded.outcome, a.outcome)`;

/**
 * Moves the last call of the numbers forward, never back (invariant 5): a call counts when it is admitted and again when it ends;
 * a refused one does not (decision C4). Taken from the records, not from the events, which may have come in any order.
 */
async function touchNumbers(db: Queryable, calls: readonly CallFacts[]): Promise<void> {
  await db.query(
    `with touched as (
       select number_id, max(greatest(started_at, ended_at)) as at from calls
        where call_id = any($1::uuid[]) and number_id is not null and outcome is distinct from 'refused' group by number_id
     ), due as (
       select n.id, greatest(n.last_call_at, t.at) as at from numbers n join touched t on t.number_id = n.id
        where n.last_call_at is distinct from greatest(n.last_call_at, t.at) order by n.id for no key update of n
     )
     update numbers n set last_call_at = due.at from due where n.id = due.id`,
    [calls.map((call) => call.call_id)],
  );
}

const OPEN_CALLS_MAX = 1000;

/** Open calls of agents that are not alive, oldest first, at most 1000. */
export async function openCallsOfOthers(
  db: Queryable,
  aliveAgentIds: readonly string[],
  startedBefore: number,
): ReturnType<CallFolder['openCallsOfOthers']> {
  const { rows } = await db.query<{ call_id: string; agent_id: string; last_seq: number; number_id: string | null }>(
    `select call_id, agent_id, last_seq, number_id from calls
     where ended_at is null and agent_id <> all($1::text[]) and started_at < $2 order by started_at limit $3`,
    [aliveAgentIds, timestamp(startedBefore), OPEN_CALLS_MAX],
  );
  return rows.map((row) => ({
    callId: row.call_id,
    agentId: row.agent_id,
    lastSeq: row.last_seq,
    numberIds: row.number_id === null ? [] : [row.number_id],
  }));
}
