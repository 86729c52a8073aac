import type pg from 'pg';
import type { AuditState, RouteAuditStore, Verdict } from '../app/ports/route-audit.ts';
import { kindOf, type RecordKind, type RecordRef } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { isRecordKind, renderRowsByIds, scanRows } from './render-rows.ts';
import { BEGIN_CHANGE, inTransaction } from './transaction.ts';

/** Where each kind's rows are, and which column their version is in. */
const TABLES: Readonly<Record<RecordKind, { readonly table: string; readonly key: string; readonly type: 'uuid' | 'text' }>> = {
  number: { table: 'numbers', key: 'id', type: 'uuid' },
  endpoint: { table: 'endpoints', key: 'id', type: 'uuid' },
  trunk_group: { table: 'trunk_groups', key: 'id', type: 'uuid' },
  source: { table: 'sources', key: 'trunk_group_id', type: 'uuid' },
  credential: { table: 'sip_credentials', key: 'id', type: 'uuid' },
  account: { table: 'accounts', key: 'id', type: 'uuid' },
  route_set: { table: 'route_sets', key: 'id', type: 'text' },
};

/** The auditor's side of Postgres. */
export function postgresRouteAudit(pool: pg.Pool): RouteAuditStore {
  return {
    load: () => load(pool),
    save: (state) => save(pool, state),
    page: (kind, after, limit) => scanRows(pool, kind, after, limit),
    repair: (kind, rowIds, judge) =>
      inTransaction(pool, BEGIN_CHANGE, async (client) => {
        const { rows } = await client.query<{ epoch: number | null }>('select plane_epoch() as epoch');
        const epoch = rows[0]?.epoch ?? null;
        const held = epoch === null ? [] : await hold(client, kind, rowIds);
        if (epoch === null || held.length === 0) return { commit: false, value: [] };
        const rendered = await renderRowsByIds(client, kind, held);
        const writes = await settled(
          client,
          rendered.map(({ write }) => write),
        );
        const verdicts = writes.length === 0 ? [] : await judge(epoch, writes);
        const aboveOf = new Map(verdicts.map(({ ref, above }) => [ref, above]));
        const damaged = rendered.flatMap(({ write: { ref }, rowId }) => {
          const above = aboveOf.get(ref);
          return above === undefined ? [] : [{ ref, rowId, above }];
        });
        await publish(client, kind, damaged);
        return { commit: true, value: verdicts };
      }),
    known: (refs) => known(pool, refs),
  };
}

/** Rows that nobody else has locked; a row under change is looked at in the next round. */
async function hold(db: Queryable, kind: RecordKind, rowIds: readonly string[]): Promise<readonly string[]> {
  // A group's change writes three tables under the lock of the group.
  const { table, type } = kind === 'source' ? TABLES.trunk_group : TABLES[kind];
  const { rows } = await db.query<{ id: string }>(
    `select id::text from ${table} where id = any($1::${type}[]) order by id for no key update skip locked`,
    [rowIds],
  );
  return rows.map(({ id }) => id);
}

/** Without those whose last change is still on its way. */
async function settled<W extends { readonly ref: RecordRef }>(db: Queryable, writes: readonly W[]): Promise<readonly W[]> {
  const { rows } = await db.query<{ ref: string }>('select distinct ref from outbox where ref = any($1::text[])', [
    writes.map(({ ref }) => ref),
  ]);
  const pending = new Set(rows.map(({ ref }) => ref));
  return writes.filter(({ ref }) => !pending.has(ref));
}

interface Damaged extends Pick<Verdict, 'ref' | 'above'> {
  readonly rowId: string;
}

/**
 * Raises the versions of rows where agents must see a new one, and asks the relay to write the records: two statements however many, as
 * a Redis that lost much has half a page of them at every step.
 */
async function publish(db: Queryable, kind: RecordKind, damaged: readonly Damaged[]): Promise<void> {
  if (damaged.length === 0) return;
  const { table, key, type } = TABLES[kind];
  const raised = damaged.filter(({ above }) => above !== null);
  if (raised.length > 0) {
    await db.query(
      `update ${table} t set version = greatest(t.version, r.above) + 1
         from unnest($1::${type}[], $2::bigint[]) as r (id, above) where t.${key} = r.id`,
      [raised.map(({ rowId }) => rowId), raised.map(({ above }) => above)],
    );
  }
  await db.query(
    `insert into outbox (ref, row_id, version) select r.ref, t.${key}::text, t.version
       from unnest($1::text[], $2::${type}[]) as r (ref, id) join ${table} t on t.${key} = r.id`,
    [damaged.map(({ ref }) => ref), damaged.map(({ rowId }) => rowId)],
  );
}

async function known(db: Queryable, refs: readonly RecordRef[]): Promise<ReadonlySet<RecordRef>> {
  const byKind = new Map<RecordKind, RecordRef[]>();
  for (const ref of refs) {
    const kind = kindOf(ref);
    if (isRecordKind(kind)) byKind.set(kind, [...(byKind.get(kind) ?? []), ref]);
  }
  const found = new Set<RecordRef>();
  for (const [kind, some] of byKind) for (const ref of await withRows(db, kind, some)) found.add(ref);
  const { rows } = await db.query<{ ref: RecordRef }>('select distinct ref from outbox where ref = any($1::text[])', [refs]);
  for (const { ref } of rows) found.add(ref);
  return found;
}

async function withRows(db: Queryable, kind: RecordKind, refs: readonly RecordRef[]): Promise<readonly RecordRef[]> {
  const names = refs.map((ref) => ref.slice(kind.length + 1));
  if (kind === 'number') {
    const text = `select 'number:' || mode || ':' || e164 as ref from numbers
      where e164 = any($1::text[]) and owner_account_id is not null`;
    const { rows } = await db.query<{ ref: RecordRef }>(text, [names.map((name) => name.slice(name.indexOf(':') + 1))]);
    return rows.map(({ ref }) => ref);
  }
  if (kind === 'credential') {
    // A colon is a character of realms and of usernames: every place it may be cut at is one to look for.
    const cuts = names.flatMap((name) => [...name.matchAll(/:/g)].map(({ index }) => [name.slice(0, index), name.slice(index + 1)]));
    const text = `select 'credential:' || lower(realm) || ':' || lower(username) as ref from sip_credentials
      where (lower(realm), lower(username)) in (select * from unnest($1::text[], $2::text[]))`;
    const { rows } = await db.query<{ ref: RecordRef }>(text, [cuts.map(([realm]) => realm), cuts.map(([, username]) => username)]);
    return rows.map(({ ref }) => ref);
  }
  const { table, key, type } = TABLES[kind];
  const ids = type === 'uuid' ? names.filter(isUuid) : names;
  const { rows } = await db.query<{ id: string }>(`select ${key}::text as id from ${table} where ${key} = any($1::${type}[])`, [ids]);
  return rows.map(({ id }) => `${kind}:${id}` as RecordRef);
}

interface AuditRow {
  kind: AuditState['kind'] | null;
  after: string | null;
  rounds: number;
  started_at: number | null;
  checked: number;
  repairs: AuditState['repairs'];
  last_seconds: number | null;
  last_checked: number | null;
  last_ended_at: number | null;
}

async function load(db: Queryable): Promise<AuditState> {
  const { rows } = await db.query<AuditRow>('select * from route_audit', []);
  const row = rows[0];
  if (row === undefined) throw new Error('the row of the auditor is missing');
  const { last_seconds: seconds, last_checked: checked, last_ended_at: endedAt } = row;
  return {
    kind: row.kind ?? 'account',
    after: row.after,
    rounds: row.rounds,
    startedAt: row.started_at,
    checked: row.checked,
    repairs: row.repairs,
    last: seconds === null || checked === null || endedAt === null ? null : { seconds, checked, endedAt },
  };
}

const time = (ms: number | null | undefined): Date | null => (ms === null || ms === undefined ? null : new Date(ms));

async function save(db: Queryable, { kind, after, rounds, startedAt, checked, repairs, last }: AuditState): Promise<void> {
  await db.query(
    `update route_audit set kind = $1, after = $2, rounds = $3, started_at = $4, checked = $5, repairs = $6,
       last_seconds = $7, last_checked = $8, last_ended_at = $9`,
    [
      kind,
      after,
      rounds,
      time(startedAt),
      checked,
      JSON.stringify(repairs),
      last?.seconds ?? null,
      last?.checked ?? null,
      time(last?.endedAt),
    ],
  );
}
