import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordKind } from '../../src/domain/records.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { PlaneView } from '../../src/redis/plane-view.ts';
import { createRecordReader } from '../../src/redis/record-reader.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { createPool } from '../../src/store/pool.ts';
import { until } from '../support/daemon.ts';
import { type Product, startProduct } from './product.ts';

const KINDS: readonly RecordKind[] = ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number'];
const NUMBERS = Array.from({ length: 20 }, (_, index) => `+120255502${String(index).padStart(2, '0')}`);

describe('the routing plane of a running product', () => {
  let product: Product;
  let key: string;
  let owned: string[];

  beforeAll(async () => {
    product = await startProduct();
    const account = await product.admin('POST', '/accounts', { name: 'Plane' });
    key = (await product.admin('POST', `/accounts/${account.body.id}/api-keys`, {})).body.key;
    await product.admin('POST', '/inventory', { numbers: NUMBERS.map((e164) => ({ e164 })) });
    const stock = await product.call('GET', '/phone-numbers?action=available&limit=100', { key });
    owned = [];
    for (const { id } of stock.body.phone_numbers) {
      expect((await product.call('POST', '/phone-numbers', { key, body: { inventory_id: id } })).status).toBe(201);
      owned.push(id);
    }
  }, 90_000);

  afterAll(async () => {
    expect(await product?.stop()).toBe(0);
  }, 60_000);

  const patch = (id: string, body: unknown) => product.call('PATCH', `/phone-numbers/${id}`, { key, body });
  const pending = async (): Promise<number> => (await product.admin('GET', '/propagation')).body.pending;

  /** What Redis has that differs from what Postgres has, record by record. */
  async function differences(): Promise<string[]> {
    const pool = createPool(product.state.database_url, { log: silentLogger, connectionsMax: 2 });
    const redis = await connectRedis({ url: product.state.redis_url, name: 'test', log: silentLogger });
    try {
      const reader = createRecordReader({ redis, plane: new PlaneView(), onBadValue: () => {} });
      const found: string[] = [];
      for (const kind of KINDS) {
        const { writes } = await postgresOutbox(pool).scanRecords(kind, null, 1000);
        expect(writes.length, kind).toBeGreaterThan(kind === 'endpoint' || kind === 'trunk_group' || kind === 'source' ? -1 : 0);
        const stored = await reader.read(writes.map(({ ref }) => ref));
        for (const { ref, version, record } of writes) {
          const held = stored.get(ref);
          if (held?.version !== version || JSON.stringify(held.record) !== JSON.stringify(record)) found.push(ref);
        }
      }
      return found;
    } finally {
      await closeRedis(redis);
      await pool.end();
    }
  }

  it('invariant 2: at rest every record equals its row at its version', async () => {
    for (const [index, id] of owned.entries()) await patch(id, { allow_inbound: index % 2 === 0, allow_outbound: index % 3 === 0 });
    // An applied change's outbox row is forgotten a moment after its answer.
    expect(await until(async () => (await pending()) === 0, 5000)).toBe(true);
    expect(await differences()).toEqual([]);
  });

  it('invariant 2: a flushed Redis is complete again within 5 s, by itself', async () => {
    const redis = new Redis(product.state.redis_url);
    await redis.flushall();
    redis.disconnect();
    const whole = await until(async () => (await differences().catch(() => ['not yet'])).length === 0, 5000);
    expect(whole).toBe(true);
    expect(await until(async () => (await pending()) === 0, 5000)).toBe(true);
  });

  it('invariant 2: what was changed while Redis was away is answered as pending and arrives within 5 s of its return', async () => {
    // Stopped, not killed: the supervisor would have it back before the first change.
    process.kill(product.state.pids.redis as number, 'SIGSTOP');
    try {
      const answers = await Promise.all(owned.slice(0, 5).map((id) => patch(id, { status: 'inactive' })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(new Set(answers.map(({ headers }) => headers.get('dialplane-propagation')))).toEqual(new Set(['pending']));
    } finally {
      process.kill(product.state.pids.redis as number, 'SIGCONT');
    }
    expect(await until(async () => (await pending()) === 0 && (await differences()).length === 0, 5000)).toBe(true);
  });

  it('invariant 2: a Redis that was killed comes back and agrees', async () => {
    process.kill(product.state.pids.redis as number, 'SIGKILL');
    const changed = await patch(owned[0] as string, { allow_inbound: true });
    expect(changed.status).toBe(200);
    expect(await until(async () => (await differences().catch(() => ['not yet'])).length === 0, 15_000)).toBe(true);
    expect(await until(async () => (await product.call('GET', '/readyz')).status === 200, 15_000)).toBe(true);
  });
});
