import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RouteAuditStore } from '../../../src/app/ports/route-audit.ts';
import { type AuditDeps, auditPlane } from '../../../src/app/routing/audit-plane.ts';
import { type RecordRef, recordRef } from '../../../src/domain/records.ts';
import { accountRecord } from '../../../src/domain/render-record.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { keys } from '../../../src/redis/keys.ts';
import { createRecordInspector } from '../../../src/redis/record-inspector.ts';
import { postgresRouteAudit } from '../../../src/store/route-audit.ts';
import { addAccount, addStock, anAccount, giveTo, openStore, type StoreFixture } from '../../store/store-fixture.ts';
import { createTestRedis, type TestRedis } from '../../support/services.ts';
import { type Keeper, openKeeper } from './plane-fixture.ts';

let server: TestRedis;
let store: StoreFixture;
let one: Keeper;
let deps: AuditDeps;
let repaired: string[] = [];
const accounts: string[] = [];
const e164s: string[] = [];

beforeAll(async () => {
  [server, store] = await Promise.all([createTestRedis(), openStore('audit_plane')]);
  for (let at = 0; at < 3; at += 1) {
    const owner = await addAccount(store);
    accounts.push(owner.id);
    e164s.push((await giveTo(store, await addStock(store), owner)).e164);
  }
  one = await openKeeper({ database: store.url, redis: server.url });
  await one.keep();
  deps = {
    audit: postgresRouteAudit(one.pool),
    inspector: createRecordInspector(one.redis),
    plane: one.plane,
    outbox: one.outbox,
    metrics: { repaired: (damage, count) => void repaired.push(...Array.from({ length: count }, () => damage)) },
    wakeRelay: () => {},
    now: () => Date.now(),
    log: silentLogger,
  };
});
afterAll(async () => {
  await one.close();
  await store.close();
  await server.close();
});
beforeEach(() => {
  repaired = [];
});

const account = (at = 0): RecordRef => recordRef.account(accounts[at] as string);
const stored = (ref: RecordRef): Promise<string | null> => one.redis.get(keys.record(ref));

/** One whole round in steps of two, and what the relay then has to do. */
async function audit(over: Partial<AuditDeps> = {}, countMax = 2): Promise<void> {
  const { rounds } = await deps.audit.load();
  while ((await deps.audit.load()).rounds === rounds) await auditPlane({ ...deps, ...over }, countMax);
  while (await one.relay());
}

const version = (value: string | null): number => Number(value?.split('.')[1]);

describe('the auditor', () => {
  it('finds nothing in a plane that is whole, and says how far it is', async () => {
    await audit();
    expect(repaired).toEqual([]);
    const state = await deps.audit.load();
    expect(state).toMatchObject({ kind: 'account', after: null, startedAt: null, checked: 0 });
    expect(state.last?.checked).toBeGreaterThanOrEqual(6);
  });

  it('invariant 2: puts back a record that is missing', async () => {
    await one.redis.del(keys.record(account()));
    await audit();
    expect([repaired, await one.differences()]).toEqual([['missing'], []]);
  });

  it('invariant 2: brings a record up to its row where an older one came back, also one of an older epoch', async () => {
    const [first, second] = [await stored(account(0)), await stored(account(1))];
    await one.redis.set(keys.record(account(0)), (first as string).replace(/^1\.[0-9]+/, '1.0'));
    await one.redis.set(keys.record(account(1)), (second as string).replace(/^1\./, '0.'));
    await audit();
    expect([repaired, await one.differences()]).toEqual([['older', 'older'], []]);
  });

  it('invariant 2: writes what differs at the same version under a new version, so that no agent takes the one for the other', async () => {
    const before = (await stored(account())) as string;
    await one.redis.set(keys.record(account()), before.replace('"r"', '"d":1,"r"'));
    await audit();
    expect([repaired, await one.differences()]).toEqual([['different'], []]);
    expect(version(await stored(account()))).toBe(version(before) + 1);
  });

  it('invariant 2: writes above a record that is newer than its row, and replaces one that nothing can be above', async () => {
    const [first, second, third] = await Promise.all([stored(account(0)), stored(account(1)), stored(account(2))]);
    await one.redis.set(keys.record(account(0)), (first as string).replace(/^1\.[0-9]+/, '1.40'));
    await one.redis.set(keys.record(account(1)), (second as string).replace(/^1\.[0-9]+/, '1.999999999999999'));
    await one.redis.set(keys.record(account(2)), (third as string).replace(/^1\./, '9.'));
    await audit();
    expect([repaired, await one.differences()]).toEqual([['newer', 'newer', 'newer'], []]);
    expect(version(await stored(account(0)))).toBe(41);
  });

  it('invariant 2: repairs all damage of one step, each record in its own way', async () => {
    const versions = await Promise.all([0, 1, 2].map(async (at) => version(await stored(account(at)))));
    await one.redis.del(keys.record(account(0)));
    await one.redis.append(keys.record(account(1)), 'x');
    const newer = await stored(account(2));
    await one.redis.set(keys.record(account(2)), (newer ?? '').replace(/^(\d+)\.\d+\./, `$1.${(versions[2] ?? 0) + 5}.`));
    await audit({}, 100);
    expect([repaired.toSorted(), await one.differences()]).toEqual([['different', 'missing', 'newer'], []]);
    const after = await Promise.all([0, 1, 2].map(async (at) => version(await stored(account(at)))));
    expect(after).toEqual([versions[0], (versions[1] ?? 0) + 1, (versions[2] ?? 0) + 6]);
  });

  it('invariant 2: replaces what nobody can read, of whatever type', async () => {
    await one.redis.set(keys.record(account(0)), 'nonsense');
    await one.redis.del(keys.record(account(1)));
    await one.redis.lpush(keys.record(account(1)), 'x');
    await audit();
    expect([repaired, await one.differences()]).toEqual([['different', 'different'], []]);
  });

  it('invariant 2: removes what has no row, of this epoch and of older ones, and nothing else', async () => {
    const stray = anAccount();
    const [mine, older] = [recordRef.account(stray.id), recordRef.endpoint(newId())];
    await one.records.apply(1, [{ ref: mine, version: 3, record: accountRecord(stray) }]);
    await one.redis.set(keys.record(older), '0.4.{}');
    const stock = await addStock(store);
    const unowned = keys.record(recordRef.number('live', stock.e164));
    await one.redis.set(unowned, (await stored(recordRef.number('live', e164s[0] as string))) as string);
    await one.redis.sadd(keys.sourcesIndex, `source:${newId()}`);
    await one.redis.hset(keys.use(newId()), 'l', '1');
    const others = await one.redis.keys('*use:*');
    await audit();
    expect(repaired).toEqual(['orphan', 'orphan', 'orphan', 'orphan']);
    expect([await stored(mine), await stored(older), await one.redis.get(unowned), await one.redis.smembers(keys.sourcesIndex)]).toEqual([
      null,
      null,
      null,
      [],
    ]);
    expect([await one.redis.keys('*use:*'), await one.differences()]).toEqual([others, []]);
  });

  it('takes nothing for damage that is under way: pending, locked, or changed between its two looks', async () => {
    const bump = (id: string) =>
      store.commit(async (tx) => {
        const before = await tx.accounts.lock(id);
        if (before === null) throw new Error('no account');
        const after = { ...before, country: before.country === 'GB' ? 'DE' : 'GB', version: before.version + 1 };
        await tx.accounts.save(after);
        await tx.publish({ ref: recordRef.account(id), version: after.version, record: accountRecord(after) }, id);
      });
    await bump(accounts[0] as string);
    const locker = await one.pool.connect();
    await locker.query('begin');
    await locker.query('select 1 from accounts where id = $1 for no key update', [accounts[1]]);
    await one.redis.del(keys.record(account(1)));
    const page: RouteAuditStore['page'] = async (kind, after, limit) => {
      const rows = await deps.audit.page(kind, after, limit);
      if (rows.some(({ rowId }) => rowId === accounts[2])) {
        await bump(accounts[2] as string);
        while (await one.relay());
      }
      return rows;
    };
    const { rounds } = await deps.audit.load();
    while ((await deps.audit.load()).rounds === rounds) await auditPlane({ ...deps, audit: { ...deps.audit, page } }, 2);
    expect(repaired).toEqual([]);
    await locker.query('rollback');
    locker.release();
    await audit();
    expect([repaired, await one.differences()]).toEqual([['missing'], []]);
  });

  it('looks at no plane that is not complete', async () => {
    await one.plane.unmarkPlane();
    expect(await auditPlane(deps, 2)).toBe(0);
    await one.keep();
    expect(await auditPlane(deps, 2)).toBeGreaterThan(0);
  });
});
