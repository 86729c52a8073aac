import { expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { createAgentOrders } from '../../src/redis/agent-inbox.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { createTestRedis } from '../support/services.ts';

it('an order that nobody can read stops none that come behind it', async () => {
  const server = await createTestRedis();
  const redis = await connectRedis({ url: server.url, name: 'inbox-test', log: silentLogger });
  const order = (type: string, scope: string) =>
    redis.xadd(keys.inbox('agent'), '*', 't', type, 'c', 'call', 'r', 'reply', 'd', String(Date.now() + 60_000), 's', scope);
  for (const scope of ['', 'zzz', `a${'x'.repeat(500)}`]) await order('release', scope);
  await order('nonsense', '');
  await order('release', 'aone');
  await order('hangup', '');
  const { orders, last } = await createAgentOrders({ redis, blocking: redis, agentId: 'agent' }).read('0', 10);
  expect(orders.map(({ type }) => type)).toEqual(['release', 'hangup']);
  expect(orders[0]).toMatchObject({ scope: { kind: 'account', id: 'one' } });
  expect(last).toBe(orders.at(-1)?.streamId);
  expect(await redis.exists(keys.inbox('agent'))).toBe(1);
  expect(await redis.xlen(keys.inbox('agent'))).toBe(0);
  await closeRedis(redis);
  await server.close();
});
