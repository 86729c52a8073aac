import type { CallFolder } from '../app/ports/calls.ts';
import { numberIdsOf } from '../domain/numbers-of-call.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

const OPEN_CALLS_MAX = 1000;

/** Open calls of agents that are not alive, oldest first, at most 1000. */
export async function openCallsOfOthers(
  db: Queryable,
  aliveAgentIds: readonly string[],
  startedBefore: number,
): ReturnType<CallFolder['openCallsOfOthers']> {
  // Asked every other second and nearly always answered here: no partition of `calls` is opened for it.
  const open = await db.query<{ call_id: string }>(
    'select call_id from open_calls where agent_id <> all($1::text[]) order by call_id limit $2',
    [aliveAgentIds, OPEN_CALLS_MAX],
  );
  if (open.rows.length === 0) return [];
  const { rows } = await db.query<{
    call_id: string;
    agent_id: string;
    last_seq: number;
    number_id: string | null;
    other_number_ids: string[] | null;
  }>(
    `select call_id, agent_id, last_seq, number_id, other_number_ids from calls
     where call_id = any($1::uuid[]) and ended_at is null and started_at < $2 order by call_id`,
    [open.rows.map((row) => row.call_id), timestamp(startedBefore)],
  );
  return rows.map((row) => ({
    callId: row.call_id,
    agentId: row.agent_id,
    lastSeq: row.last_seq,
    numberIds: numberIdsOf({ numberId: row.number_id, otherNumberIds: row.other_number_ids ?? [] }),
  }));
}

/** Forgets rows of `open_calls` that two drains side by side, or a day that went, left behind: among the oldest 1000. */
export async function tidyOpenCalls(db: Queryable): Promise<void> {
  const listed = await db.query<{ call_id: string }>('select call_id from open_calls order by call_id limit $1', [OPEN_CALLS_MAX]);
  const ids = listed.rows.map((row) => row.call_id);
  // A call and its row here are committed together, and an ended call does not open again: what is ended or gone now stays so.
  const open = await db.query<{ call_id: string }>('select call_id from calls where call_id = any($1::uuid[]) and ended_at is null', [ids]);
  const live = new Set(open.rows.map((row) => row.call_id));
  await db.query('delete from open_calls where call_id = any($1::uuid[])', [ids.filter((id) => !live.has(id))]);
}
