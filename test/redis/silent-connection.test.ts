import { expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { openTcpProxy } from '../chaos/tcp-proxy.ts';
import { until } from '../support/daemon.ts';
import { createTestRedis } from '../support/services.ts';

it('gives up a connection that the network forgot, and goes on over a new one', async () => {
  const server = await createTestRedis();
  const url = new URL(server.url);
  const proxy = await openTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  const redis = await connectRedis({ url: url.href, name: 'test', log: silentLogger, commandTimeoutMs: 100 });
  try {
    expect(await redis.ping()).toBe('PONG');
    proxy.forget();
    await expect(redis.ping()).rejects.toThrow(/timed out/);
    const ping = () =>
      redis.ping().then(
        () => true,
        () => false,
      );
    expect(await until(ping, 10_000)).toBe(true);
  } finally {
    await closeRedis(redis);
    await proxy.close();
    await server.close();
  }
});
