import type { CallRow } from './check-calls.ts';
import type { HttpClient } from './http-client.ts';
import type { CallNote, Model } from './model.ts';
import type { Random } from './random.ts';
import type { Site } from './site.ts';

const SAMPLE = 12;

interface Explanation {
  readonly outcome: string;
  readonly code: string | null;
  readonly versions: unknown;
  readonly candidates: readonly { readonly uri: string; readonly chosen: boolean }[];
}

/** Invariant 9: explain of past calls says what their records say, and the attempts begin the order it gives. */
export async function checkExplain(
  { pool }: Site,
  model: Model,
  deps: { readonly http: HttpClient; readonly adminKey: string; readonly random: Random },
  rows: ReadonlyMap<CallNote, CallRow>,
): Promise<void> {
  const decided = [...rows.values()].filter((row) => row.decision_input !== null);
  for (let count = 0; count < Math.min(SAMPLE, decided.length); count += 1) {
    const row = deps.random.pick(decided);
    const answer = await deps.http.send('POST', '/admin/v1/explain', { key: deps.adminKey, body: { call_id: row.call_id } });
    if (answer.status !== 200) {
      model.check(9, answer.status === 410, () => `explain of ${row.call_id} answered ${answer.status}`);
      continue;
    }
    const said = answer.body as Explanation;
    const code = said.outcome === 'reject' ? said.code : null;
    // A call that was to be connected may still end with a code: its number moved, its targets failed, its agent died.
    const same = code === null || code === row.refusal_code;
    model.check(9, same, () => `call ${row.call_id}: recorded ${row.refusal_code}, explained ${code}`);
    const versions = [JSON.stringify(said.versions), JSON.stringify(row.versions)];
    model.check(9, versions[0] === versions[1], () => `call ${row.call_id}: versions ${versions.join(' and ')}`);
    const tried = await attemptsOf(pool, row.call_id);
    const order = said.candidates.filter(({ chosen }) => chosen).map(({ uri }) => uri);
    const prefix = tried.every((uri, index) => placeOf(uri) === placeOf(order[index] ?? ''));
    model.check(9, prefix, () => `call ${row.call_id}: tried ${tried.join(', ')}, the order was ${order.join(', ')}`);
  }
}

/** A gateway is called with the dialled number as user; host and port say which one it was. */
const placeOf = (uri: string): string => uri.replace(/^sips?:(?:[^@]*@)?/, '');

async function attemptsOf(pool: Site['pool'], callId: string): Promise<string[]> {
  const { rows } = await pool.query<{ uri: string }>('select uri from call_attempts where call_id = $1 and uri is not null order by n', [
    callId,
  ]);
  return rows.map(({ uri }) => uri);
}
