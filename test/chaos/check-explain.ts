import type { CallCheckDeps, CallShown } from './check-calls.ts';
import type { CallNote, Model } from './model.ts';
import type { Random } from './random.ts';

const SAMPLE = 12;

interface Explanation {
  readonly outcome: string;
  readonly code: string | null;
  readonly versions: unknown;
  readonly candidates: readonly { readonly uri: string; readonly chosen: boolean }[];
}

/** Invariant 9: explain of past calls says what their records say, and the attempts begin the order it gives. */
export async function checkExplain(
  { http, adminKey }: CallCheckDeps,
  model: Model,
  random: Random,
  records: ReadonlyMap<CallNote, CallShown>,
): Promise<void> {
  const all = [...records.values()];
  for (let count = 0; count < Math.min(SAMPLE, all.length); count += 1) {
    const record = random.pick(all);
    const answer = await http.send('POST', '/admin/v1/explain', { key: adminKey, body: { call_id: record.call_id } });
    // 410: too old, or turned away before anything was decided.
    model.check(9, answer.status === 200 || answer.status === 410, () => `explain of ${record.call_id} answered ${answer.status}`);
    if (answer.status === 200) compare(model, record, answer.body);
  }
}

function compare(model: Model, record: CallShown, said: Explanation): void {
  const code = said.outcome === 'reject' ? said.code : null;
  // A call that was to be connected may still end with a code: its number moved, its targets failed, its agent died.
  model.check(9, code === null || code === record.refusal_code, () => {
    return `call ${record.call_id}: recorded ${record.refusal_code}, explained ${code}`;
  });
  const versions = [JSON.stringify(said.versions), JSON.stringify(record.versions)];
  model.check(9, versions[0] === versions[1], () => `call ${record.call_id}: versions ${versions.join(' and ')}`);
  const order = said.candidates.filter(({ chosen }) => chosen).map(({ uri }) => uri);
  const tried = record.attempts.map(({ uri }) => uri).filter((uri) => uri !== '');
  const isPrefix = tried.every((uri, index) => placeOf(uri) === placeOf(order[index] ?? ''));
  model.check(9, isPrefix, () => `call ${record.call_id}: tried ${tried.join(', ')}, the order was ${order.join(', ')}`);
}

/** A gateway is called with the dialled number as user; host and port say which one it was. */
const placeOf = (uri: string): string => uri.replace(/^sips?:(?:[^@]*@)?/, '');
