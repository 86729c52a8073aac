import { afterAll, beforeAll, expect, it } from 'vitest';
import { authenticate } from '../../../src/app/auth/authenticate.ts';
import { newId } from '../../../src/kit/ids.ts';
import { openStore, type StoreFixture } from '../../store/store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('lostauth');
});
afterAll(() => store.close());

it('a connection lost while a key is looked up fails that request alone: no rejection is left to nobody', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const locker = await store.pool.connect();
  try {
    await locker.query('begin; lock table api_keys in access exclusive mode');
    const keyUse = { used: () => {} } as unknown as Parameters<typeof authenticate>[0]['keyUse'];
    const deps = { unitOfWork: store.uow, clock: store.clock, platformKey: 'p'.repeat(40), sessionTokens: null, keyUse };
    const presented = { kind: 'key', secret: 'nobody has this one' } as const;
    const asked = authenticate(deps, { presented, accountId: null, mode: 'live', ip: null, requestId: newId() });
    const lost = expect(asked).rejects.toThrow();
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%api_keys%'`;
    await expect.poll(async () => (await store.pool.query(end)).rowCount, { timeout: 4000 }).toBeGreaterThan(0);
    await lost;
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    await locker.query('rollback');
    locker.release();
    process.off('unhandledRejection', onUnhandled);
  }
});
