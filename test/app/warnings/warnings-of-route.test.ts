import { afterAll, beforeAll, expect, it } from 'vitest';
import { warningsOfRoute } from '../../../src/app/warnings/write-warnings.ts';
import type { StoredOutboundRoute } from '../../../src/domain/trunk-group.ts';
import { newId } from '../../../src/kit/ids.ts';
import { openStore, type StoreFixture, T0 } from '../../store/store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('routewarn');
});
afterAll(() => store.close());

it('a route is compared with all longer and shorter prefixes of its set in one query', async () => {
  const groupId = newId();
  await store.sql(
    `insert into trunk_groups (id, name, kind, mode, enabled, version, created_at, updated_at)
     values ($1, 'g', 'carrier', 'live', true, 1, now(), now())`,
    [groupId],
  );
  const times = { createdAt: T0, updatedAt: T0 };
  const routeOf = (prefix: string): StoredOutboundRoute => {
    return { id: newId(), prefix, trunkGroupId: groupId, priority: 1, weight: 1, accountId: null, ...times };
  };
  const route = routeOf('44123');
  await store.commit(async (tx) => {
    await tx.routeSets.lock('platform');
    for (const one of [route, routeOf('4'), routeOf('44'), ...Array.from('0123456789', (digit) => routeOf(`44123${digit}`))]) {
      await tx.routeSets.insert(one);
    }
  });
  let asked = 0;
  const warnings = await store.read(async (tx) => {
    const counted = new Proxy(tx.routeSets, {
      get(target, key) {
        asked += 1;
        return Reflect.get(target, key);
      },
    });
    return warningsOfRoute({ ...tx, routeSets: counted }, route);
  });
  const shadows = warnings
    .filter(({ code }) => code.endsWith('shadowed'))
    .map(({ code, detail }) => [code, /prefix (\d+)/.exec(detail)?.[1]]);
  expect(shadows).toEqual([
    ['route_shadowed', '44123'],
    ['prefix_shadowed', '44'],
  ]);
  expect(asked).toBe(2);
});
