import type { CallAttempt, CallFilter, CallReader, CallRecord } from '../app/ports/calls.ts';
import type { PageRequest } from '../app/ports/store.ts';
import type { CallOrigin, PlaneMode } from '../domain/call-event.ts';
import type { Mode, RecordVersion } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { callKeysQuery } from './call-keys.ts';
import type { Queryable } from './pool.ts';

interface CallRow {
  call_id: string;
  direction: string | null;
  mode: Mode | null;
  plane_mode: PlaneMode | null;
  caller: string | null;
  called: string | null;
  number_id: string | null;
  account_id: string | null;
  sub_account_id: string | null;
  called_account_id: string | null;
  called_sub_account_id: string | null;
  called_number_id: string | null;
  shown_caller: string | null;
  origin: CallOrigin | null;
  sip_call_id: string | null;
  agent_id: string;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  post_dial_delay_ms: number | null;
  outcome: string | null;
  sip_status: number | null;
  refusal_code: string | null;
  ended_by: string | null;
  versions: RecordVersion[] | null;
  decision_input?: string | null;
}

const COLUMNS = `call_id, direction, mode, plane_mode, caller, called, number_id, account_id, sub_account_id,
  called_account_id, called_sub_account_id, called_number_id, shown_caller, origin, sip_call_id, agent_id,
  started_at, answered_at, ended_at, post_dial_delay_ms, outcome, sip_status, refusal_code, ended_by, versions`;

interface AttemptRow {
  call_id: string;
  n: number;
  trunk_group_id: string | null;
  gateway_id: string | null;
  uri: string | null;
  sip_call_id: string | null;
  started_at: number | null;
  ended_at: number | null;
  sip_status: number | null;
  outcome: string | null;
}

/** The call records as operators read them. */
export function postgresCallReader(db: Queryable): CallReader {
  return {
    async get(callId) {
      if (!isUuid(callId)) return null;
      const text = `select ${COLUMNS}, (select input from call_decisions where call_id = $1) as decision_input from calls where call_id = $1`;
      const { rows } = await db.query<CallRow>(text, [callId]);
      return (await withAttempts(db, rows))[0] ?? null;
    },
    list: (filter, page) => listCalls(db, filter, page),
    async decided(callIds) {
      const text = 'select call_id, versions from calls where call_id = any($1::uuid[])';
      const { rows } = await db.query<Pick<CallRow, 'call_id' | 'versions'>>(text, [callIds.filter(isUuid)]);
      return new Map(rows.map((row) => [row.call_id, row.versions ?? []]));
    },
  };
}

/** First the keys of the page, from indexes, then its rows by key: only their partitions are opened for that. */
async function listCalls(db: Queryable, filter: CallFilter, page: PageRequest): Promise<readonly CallRecord[]> {
  const { text, values } = callKeysQuery(filter, page);
  const keys = (await db.query<{ call_id: string }>(text, [...values])).rows.map((row) => row.call_id);
  if (keys.length === 0) return [];
  const { rows } = await db.query<CallRow>(`select ${COLUMNS} from calls where call_id = any($1::uuid[]) order by call_id desc`, [keys]);
  return withAttempts(db, rows);
}

async function withAttempts(db: Queryable, calls: readonly CallRow[]): Promise<readonly CallRecord[]> {
  if (calls.length === 0) return [];
  const { rows } = await db.query<AttemptRow>(
    `select call_id, n, trunk_group_id, gateway_id, uri, sip_call_id, started_at, ended_at, sip_status, outcome from call_attempts
     where call_id = any($1::uuid[]) order by call_id, n`,
    [calls.map((call) => call.call_id)],
  );
  const byCall = new Map<string, CallAttempt[]>(calls.map((call) => [call.call_id, []]));
  for (const row of rows) byCall.get(row.call_id)?.push(toAttempt(row));
  return calls.map((call) => toCall(call, byCall.get(call.call_id) ?? []));
}

const toAttempt = (row: AttemptRow): CallAttempt => ({
  n: row.n,
  trunkGroupId: row.trunk_group_id,
  gatewayId: row.gateway_id,
  uri: row.uri ?? '',
  sipCallId: row.sip_call_id,
  startedAt: row.started_at ?? row.ended_at ?? 0,
  endedAt: row.ended_at,
  sipStatus: row.sip_status,
  outcome: row.outcome,
});

/** A clock that was set back between answer and end makes no negative time. */
function talkMs({ answered_at: answered, ended_at: ended }: CallRow): number | null {
  if (ended === null) return null;
  return answered === null ? 0 : Math.max(0, ended - answered);
}

function toCallee(row: CallRow): CallRecord['callee'] {
  const { called_account_id: accountId, called_sub_account_id: subAccountId, called_number_id: numberId, shown_caller: caller } = row;
  return accountId === null || numberId === null ? null : { accountId, subAccountId, numberId, caller: caller ?? '' };
}

const toCall = (row: CallRow, attempts: readonly CallAttempt[]): CallRecord => ({
  callId: row.call_id,
  direction: row.direction ?? 'unknown',
  mode: row.mode ?? 'live',
  planeMode: row.plane_mode,
  caller: row.caller ?? '',
  called: row.called ?? '',
  numberId: row.number_id,
  accountId: row.account_id,
  subAccountId: row.sub_account_id,
  callee: toCallee(row),
  shownCaller: row.shown_caller,
  origin: row.origin,
  agentId: row.agent_id,
  startedAt: row.started_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  postDialDelayMs: row.post_dial_delay_ms,
  durationMs: talkMs(row),
  outcome: row.outcome,
  sipStatus: row.sip_status,
  refusalCode: row.refusal_code,
  endedBy: row.ended_by,
  versions: row.versions ?? [],
  decisionInput: row.decision_input ?? null,
  sipCallIds: [...new Set([row.sip_call_id, ...attempts.map((attempt) => attempt.sipCallId)])].filter((id) => id !== null).toSorted(),
  attempts,
});
