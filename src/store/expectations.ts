import type { ExpectationStore } from '../app/ports/expectations.ts';
import type { Expectation, ExpectedCall, ExpectedOutcome, Judged } from '../domain/expectation.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface ExpectationRow {
  id: string;
  account_id: string | null;
  name: string;
  enabled: boolean;
  call: ExpectedCall;
  expected: ExpectedOutcome;
  depends: Judged['depends'];
  broken: string | null;
  explanation: Judged['explanation'];
  judged_at: number;
  version: number;
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, account_id, name, enabled, call, expected, depends, broken, explanation, judged_at, version, created_at, updated_at';
/** Whoever judges or changes expectations is alone with them. */
const EXPECTATIONS_LOCK = 4_711_550_863;

const JUDGE = `update expectations e set broken = j.broken, explanation = j.explanation, depends = j.depends, judged_at = j.judged_at
  from jsonb_to_recordset($1::jsonb) as j (id uuid, broken text, explanation jsonb, depends text[], judged_at timestamptz)
  where e.id = j.id`;

const toExpectation = (row: ExpectationRow): Expectation => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  enabled: row.enabled,
  call: row.call,
  expected: row.expected,
  judged: { broken: row.broken, explanation: row.explanation, depends: row.depends, at: row.judged_at },
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const valuesOf = (one: Expectation): unknown[] => [
  one.id,
  one.accountId,
  one.name,
  one.enabled,
  JSON.stringify(one.call),
  JSON.stringify(one.expected),
  one.judged.depends,
  one.judged.broken,
  JSON.stringify(one.judged.explanation),
  timestamp(one.judged.at),
  one.version,
  timestamp(one.createdAt),
  timestamp(one.updatedAt),
];

/** The expectations of one transaction. */
export function expectationStore(db: Queryable): ExpectationStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Expectation[]> =>
    (await db.query<ExpectationRow>(`select ${COLUMNS} from expectations ${rest}`, values)).rows.map(toExpectation);
  const one = async (condition: string, values: unknown[]): Promise<Expectation | null> =>
    (await many(`where ${condition}`, values))[0] ?? null;
  return {
    get: async (id) => (isUuid(id) ? one('id = $1', [id]) : null),
    lock: async (id) => (isUuid(id) ? one('id = $1 for no key update', [id]) : null),
    named: (accountId, name) => one('account_id is not distinct from $1 and name = $2', [accountId, name]),
    async count(accountId) {
      const { rows } = await db.query<{ own: number; all: number }>(
        'select count(*) filter (where account_id is not distinct from $1::uuid) as own, count(*) as all from expectations',
        [accountId],
      );
      return rows[0] ?? { own: 0, all: 0 };
    },
    async insert(expectation) {
      await db.query(
        `insert into expectations (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        valuesOf(expectation),
      );
    },
    async save(expectation) {
      const set = COLUMNS.split(', ').map((column, index) => `${column} = $${index + 1}`);
      await db.query(`update expectations set ${set.join(', ')} where id = $1`, valuesOf(expectation));
    },
    async judge(verdicts) {
      if (verdicts.length === 0) return;
      const rows = verdicts.map(({ id, judged: { at, ...judged } }) => ({ id, ...judged, judged_at: timestamp(at) }));
      await db.query(JUDGE, [JSON.stringify(rows)]);
    },
    async remove(id) {
      await db.query('delete from expectations where id = $1', [id]);
    },
    list(filter, page) {
      const where = new Where().when('name = ?', filter.name).when('enabled = ?', filter.enabled).after('created_at', 'id', page.after);
      if (filter.accountId !== undefined) where.and('account_id is not distinct from ?::uuid', filter.accountId);
      return many(`${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
    resting: (on) => many('where enabled and depends && $1::text[] order by id', [on]),
    async isResting(on) {
      const text = 'select exists (select from expectations where enabled and depends && $1::text[]) as rests';
      return (await db.query<{ rests: boolean }>(text, [on])).rows[0]?.rests === true;
    },
    enabledOf: (ids) => many('where enabled and id = any($1::uuid[]) order by id', [ids]),
    async alone() {
      await db.query(`select pg_advisory_xact_lock(${EXPECTATIONS_LOCK})`);
    },
    async undisturbed() {
      await db.query(`select pg_advisory_xact_lock_shared(${EXPECTATIONS_LOCK})`);
    },
  };
}
