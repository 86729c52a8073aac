import type { CallAttempt, CallFilter, CallReader, CallRecord } from '../app/ports/calls.ts';
import type { PageRequest } from '../app/ports/store.ts';
import type { CallOrigin } from '../domain/call-event.ts';
import type { Mode, RecordVersion } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { indexedCallId } from './call-facts.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface CallRow {
  call_id: string;
  direction: string;
  mode: Mode;
  caller: string;
  called: string;
  number_id: string | null;
  account_id: string | null;
  sub_account_id: string | null;
  origin: CallOrigin;
  agent_id: string;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  outcome: string | null;
  sip_status: number | null;
  refusal_code: string | null;
  ended_by: string | null;
  versions: RecordVersion[];
  decision_input: string | null;
  sip_call_ids: string[];
}

const COLUMNS = `call_id, direction, mode, caller, called, number_id, account_id, sub_account_id, origin, agent_id, started_at,
  answered_at, ended_at, outcome, sip_status, refusal_code, ended_by, versions, decision_input, sip_call_ids`;

interface AttemptRow {
  call_id: string;
  n: number;
  trunk_group_id: string | null;
  gateway_id: string | null;
  uri: string | null;
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
      const { rows } = await db.query<CallRow>(`select ${COLUMNS} from calls where call_id = $1`, [callId]);
      return (await withAttempts(db, rows))[0] ?? null;
    },
    list: (filter, page) => listCalls(db, filter, page),
    async decided(callIds) {
      const text = 'select call_id, versions from calls where call_id = any($1::uuid[])';
      const { rows } = await db.query<Pick<CallRow, 'call_id' | 'versions'>>(text, [callIds.filter(isUuid)]);
      return new Map(rows.map((row) => [row.call_id, row.versions]));
    },
  };
}

async function listCalls(db: Queryable, filter: CallFilter, page: PageRequest): Promise<readonly CallRecord[]> {
  const where = new Where()
    .when('account_id = ?', filter.accountId)
    .when('started_at >= ?', filter.since === undefined ? undefined : timestamp(filter.since))
    .after('started_at', 'call_id', page.after, '<');
  if (filter.sipCallId !== undefined) where.and('sip_call_ids @> array[?]', indexedCallId(filter.sipCallId));
  if (filter.number !== undefined) where.and('(called = ? or caller = ?)', filter.number, filter.number);
  const text = `select ${COLUMNS} from calls ${where.text} order by started_at desc, call_id desc limit ${where.bind(page.limit)}`;
  return withAttempts(db, (await db.query<CallRow>(text, where.values)).rows);
}

async function withAttempts(db: Queryable, calls: readonly CallRow[]): Promise<readonly CallRecord[]> {
  if (calls.length === 0) return [];
  const { rows } = await db.query<AttemptRow>(
    `select call_id, n, trunk_group_id, gateway_id, uri, started_at, ended_at, sip_status, outcome from call_attempts
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
  startedAt: row.started_at ?? row.ended_at ?? 0,
  endedAt: row.ended_at,
  sipStatus: row.sip_status,
  outcome: row.outcome,
});

const toCall = (row: CallRow, attempts: readonly CallAttempt[]): CallRecord => ({
  callId: row.call_id,
  direction: row.direction,
  mode: row.mode,
  caller: row.caller,
  called: row.called,
  numberId: row.number_id,
  accountId: row.account_id,
  subAccountId: row.sub_account_id,
  origin: row.origin,
  agentId: row.agent_id,
  startedAt: row.started_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  outcome: row.outcome,
  sipStatus: row.sip_status,
  refusalCode: row.refusal_code,
  endedBy: row.ended_by,
  versions: row.versions,
  decisionInput: row.decision_input,
  sipCallIds: row.sip_call_ids,
  attempts,
});
