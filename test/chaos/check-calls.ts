import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import { until } from '../support/daemon.ts';
import type { CallNote, Model } from './model.ts';
import type { Site } from './site.ts';

/** A row of `calls` as far as checks read it. */
export interface CallRow {
  readonly call_id: string;
  readonly sip_call_ids: readonly string[];
  readonly outcome: string | null;
  readonly ended_at: Date | null;
  readonly refusal_code: string | null;
  readonly versions: readonly { readonly record: string; readonly version: number }[];
  readonly decision_input: string | null;
}

const CLOSED_MS = 30_000;

/** True where an identified source was told or its call rang: there must be a record. */
const mustHaveRecord = (note: CallNote): boolean => note.reached || note.callId !== '';

/** Invariants 12, 10 and 3 of every call since the last check; resolves with the rows found. */
export async function checkCalls({ pool }: Site, model: Model): Promise<ReadonlyMap<CallNote, CallRow>> {
  const open = model.calls.filter((note) => !note.settled && note.sipCallId !== '');
  let rows = new Map<string, CallRow[]>();
  const missing = (): CallNote[] =>
    open.filter((note) => {
      const own = rows.get(note.sipCallId) ?? [];
      return own.some(({ ended_at: endedAt }) => endedAt === null) || (own.length === 0 && mustHaveRecord(note));
    });
  await until(async () => {
    rows = await rowsOf(pool, open);
    return missing().length === 0;
  }, CLOSED_MS);
  const late = new Set(missing());
  const found = new Map<CallNote, CallRow>();
  for (const note of open) {
    const own = rows.get(note.sipCallId) ?? [];
    note.settled = true;
    model.check(12, !late.has(note), () => `${describe(note)}: ${own.length === 0 ? 'no record' : `open record ${own[0]?.call_id}`}`);
    model.check(12, own.length <= 1, () => `${describe(note)}: ${own.length} records`);
    if (own[0] === undefined) continue;
    found.set(note, own[0]);
    checkRefusal(model, note, own[0]);
    checkVersion(model, note, own[0]);
  }
  return found;
}

const describe = (note: CallNote): string =>
  `call ${note.callId || note.sipCallId} ${note.direction} ${note.number.e164} (${note.reached ? 'rang' : 'did not ring'}, final ${note.status} ${note.reason})`;

async function rowsOf(pool: Site['pool'], notes: readonly CallNote[]): Promise<Map<string, CallRow[]>> {
  const columns = 'call_id, sip_call_ids, outcome, ended_at, refusal_code, versions, decision_input';
  const wanted = notes.map(({ sipCallId }) => sipCallId);
  const { rows } = await pool.query<CallRow>(`select ${columns} from calls where sip_call_ids && $1::text[]`, [wanted]);
  const byCallId = new Map<string, CallRow[]>();
  for (const row of rows) for (const id of row.sip_call_ids) byCallId.set(id, [...(byCallId.get(id) ?? []), row]);
  return byCallId;
}

/** Invariant 10: the record says why, and the wire said the same. */
function checkRefusal(model: Model, note: CallNote, row: CallRow): void {
  if (row.outcome !== 'refused' && note.reason === '') return;
  const code = row.refusal_code ?? '';
  model.check(10, Object.hasOwn(CALL_REFUSALS, code), () => `${describe(note)}: refusal code ${code} in no catalogue`);
  if (note.reason !== '') model.check(10, note.reason === code, () => `${describe(note)}: record says ${code}, the wire ${note.reason}`);
}

/** Invariant 3: decided by the version that was answered as applied before the call, or a newer one. */
function checkVersion(model: Model, note: CallNote, row: CallRow): void {
  if (note.minVersion === 0 || row.decision_input === null) return;
  const { mode } = JSON.parse(row.decision_input) as { mode: string };
  if (mode !== 'normal') return;
  const used = row.versions.find(({ record }) => record === `number:live:${note.number.e164}`);
  if (used === undefined) return;
  model.check(
    3,
    used.version >= note.minVersion,
    () => `${describe(note)}: decided by version ${used.version}, ${note.minVersion} was applied`,
  );
}
