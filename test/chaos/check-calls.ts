import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import { until } from '../support/daemon.ts';
import type { HttpClient } from './http-client.ts';
import type { CallNote, Model } from './model.ts';

/** A call of the admin face as far as checks read it. */
export interface CallShown {
  readonly call_id: string;
  readonly outcome: string | null;
  readonly ended_at: string | null;
  readonly refusal_code: string | null;
  readonly plane_mode?: 'normal' | 'degraded' | null;
  readonly versions: readonly { readonly record: string; readonly version: number }[];
  readonly attempts: readonly { readonly uri: string }[];
}

export interface CallCheckDeps {
  readonly http: HttpClient;
  readonly adminKey: string;
}

const CLOSED_MS = 30_000;
const READ_MS = 5000;
const AT_ONCE = 4;

/** True where an identified source was told or its call rang: there must be a record. */
const mustHaveRecord = (note: CallNote): boolean => note.reached || note.callId !== '';

/** Invariants 12, 10 and 3 of every call since the last check; resolves with the records found. */
export async function checkCalls(deps: CallCheckDeps, model: Model): Promise<ReadonlyMap<CallNote, CallShown>> {
  const open = model.calls.filter((note) => !note.settled && note.sipCallId !== '');
  const records = new Map<CallNote, readonly CallShown[]>();
  const isSettled = (note: CallNote): boolean => {
    const own = records.get(note);
    if (own === undefined || own.some(({ ended_at: endedAt }) => endedAt === null)) return false;
    return own.length > 0 || !mustHaveRecord(note);
  };
  // Measured from the kill of an agent, or from the end of what kept its calls from being closed.
  const sinceMs = model.now() - Math.max(model.agentKilledAt, model.healedAt);
  await until(
    async () => {
      await readAll(deps, open, isSettled, records);
      return open.every(isSettled);
    },
    Math.max(READ_MS, CLOSED_MS - sinceMs),
  );
  const found = new Map<CallNote, CallShown>();
  for (const note of open) {
    const own = records.get(note) ?? [];
    const [record] = own;
    note.broken = !isSettled(note);
    note.settled = true;
    model.check(12, isSettled(note), () => `${describe(note)}: ${record === undefined ? 'no record' : `open record ${record.call_id}`}`);
    model.check(12, own.length <= 1, () => `${describe(note)}: ${own.length} records`);
    if (record === undefined) continue;
    found.set(note, record);
    checkRefusal(model, note, record);
    checkVersion(model, note, record);
    checkLost(model, note, record);
  }
  return found;
}

async function readAll(
  { http, adminKey }: CallCheckDeps,
  notes: readonly CallNote[],
  isSettled: (note: CallNote) => boolean,
  records: Map<CallNote, readonly CallShown[]>,
): Promise<void> {
  const left = notes.filter((note) => !isSettled(note));
  const reader = async (): Promise<void> => {
    for (let note = left.pop(); note !== undefined; note = left.pop()) {
      const answer = await http.send('GET', `/admin/v1/calls?sip_call_id=${encodeURIComponent(note.sipCallId)}`, { key: adminKey });
      if (answer.status === 200) records.set(note, answer.body.data);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
}

const describe = (note: CallNote): string =>
  `call ${note.callId || note.sipCallId} ${note.direction} ${note.number.e164} (${note.reached ? 'rang' : 'did not ring'}, final ${note.status} ${note.reason})`;

/** Invariant 10: the record says why, and the wire said the same. */
function checkRefusal(model: Model, note: CallNote, record: CallShown): void {
  if (record.outcome !== 'refused' && note.reason === '') return;
  const code = record.refusal_code ?? '';
  model.check(10, Object.hasOwn(CALL_REFUSALS, code), () => `${describe(note)}: refusal code ${code} in no catalogue`);
  if (note.reason !== '') model.check(10, note.reason === code, () => `${describe(note)}: record says ${code}, the wire ${note.reason}`);
}

/** Invariant 12: the calls of an agent that died are closed within 30 s. */
function checkLost(model: Model, note: CallNote, { outcome, ended_at: endedAt }: CallShown): void {
  if (outcome !== 'agent_lost' || endedAt === null) return;
  const lateMs = Date.parse(endedAt) - Math.max(model.agentKilledAt, model.healedAt);
  model.check(12, lateMs <= CLOSED_MS, () => `${describe(note)}: closed ${Math.round(lateMs / 1000)} s after its agent was killed`);
}

/** Invariant 3: decided by the version that was answered as applied before the call, or a newer one; not in a declared degraded mode. */
function checkVersion(model: Model, note: CallNote, record: CallShown): void {
  if (note.minVersion === 0 || record.plane_mode === 'degraded') return;
  const used = record.versions.find((one) => one.record === `number:live:${note.number.e164}`);
  if (used === undefined) return;
  model.check(
    3,
    used.version >= note.minVersion,
    () => `${describe(note)}: decided by version ${used.version}, ${note.minVersion} was applied`,
  );
}
