import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChangeDeps, change } from '../../../src/app/change.ts';
import { relayOutbox } from '../../../src/app/routing/relay-outbox.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { accountRecord } from '../../../src/domain/render-record.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { type Loop, startLoop } from '../../../src/kit/loop.ts';
import { ok } from '../../../src/kit/result.ts';
import { seededRandom } from '../../redis/support/plane.ts';
import { until } from '../../redis/support/until.ts';
import { addAccount, openStore, type StoreFixture } from '../../store/store-fixture.ts';
import { startTestRedis, type TestRedisServer } from '../../support/services.ts';
import { type Keeper, NO_METRICS, openKeeper } from './plane-fixture.ts';

let server: TestRedisServer;
let store: StoreFixture;
let writers: Keeper[];
let relays: Loop[];
const accounts: string[] = [];

beforeAll(async () => {
  [server, store] = await Promise.all([startTestRedis(), openStore('relays')]);
  for (let at = 0; at < 8; at += 1) accounts.push((await addAccount(store)).id);
  writers = [await openKeeper({ database: store.url, redis: server.url }), await openKeeper({ database: store.url, redis: server.url })];
  await writers[0]?.keep();
  relays = writers.map(({ outbox, records }) =>
    startLoop({
      name: 'relay',
      intervalMs: 20,
      backOffMsMax: 200,
      log: silentLogger,
      run: () => relayOutbox({ outbox, records, metrics: NO_METRICS }),
    }),
  );
});
afterAll(async () => {
  for (const relay of relays) await relay.stop();
  for (const writer of writers) await writer.close();
  await store.close();
  await server.close();
});

const actor = { kind: 'platform', id: 'platform', account: null, requestId: 'r', ip: null, mode: 'live' } as never;

/** One change of an account as the api makes it; tells what its answer would say. */
async function touch({ outbox, records }: Keeper, id: string): Promise<'applied' | 'pending'> {
  const deps: ChangeDeps = { unitOfWork: store.uow, outbox, records, log: silentLogger, propagationWaitMs: 300 };
  const done = await change(deps, actor, async (tx) => {
    const before = await tx.accounts.lock(id);
    if (before === null) throw new Error('no account');
    const after = { ...before, country: before.country === 'GB' ? 'DE' : 'GB', version: before.version + 1 };
    await tx.accounts.save(after);
    await tx.publish({ ref: recordRef.account(id), version: after.version, record: accountRecord(after) }, id);
    return ok(after);
  });
  if (!done.ok) throw new Error('refused');
  return done.value.propagation;
}

describe('two writers and two relays', () => {
  it('invariant 2: agree with Postgres within 5 s of the last change, however they were interleaved and Redis paused', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`relays: seed ${seed}`);
    const random = seededRandom(seed);
    const said = new Set<string>();
    const one = writers[0] as Keeper;
    for (let burst = 0; burst < 6; burst += 1) {
      // CLIENT PAUSE holds every command back: changes commit, their writes arrive late or are given up.
      if (burst % 2 === 1) await one.redis.client('PAUSE', 400 + random(400), 'ALL' as never);
      const changes = Array.from({ length: 25 }, () => {
        const writer = writers[random(writers.length)] as Keeper;
        return touch(writer, accounts[random(accounts.length)] as string);
      });
      for (const propagation of await Promise.all(changes)) said.add(propagation);
    }
    expect([...said].sort()).toEqual(['applied', 'pending']);
    await until('pending is 0', async () => (await one.outbox.pending()).count === 0, 5000);
    expect(await one.differences()).toEqual([]);
  });

  it('invariant 2: keep no change back for a row that nobody can write', async () => {
    const [one] = writers as [Keeper];
    await store.sql("insert into outbox (ref, row_id, version) values ('nonsense:1', '1', 1)");
    await touch(one, accounts[0] as string);
    await until('only the bad row is left', async () => {
      const rows = await store.sql<{ ref: string; tries: number }>('select ref, tries from outbox');
      return rows.length === 1 && rows[0]?.ref === 'nonsense:1' && rows[0].tries > 1;
    });
    expect(await one.differences()).toEqual([]);
    await store.sql('delete from outbox');
  });
});
