import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../src/jobs/job-queue.ts';
import { startJobWorkers } from '../../src/jobs/worker.ts';
import { Lifecycle } from '../../src/kit/lifecycle.ts';
import { silentLogger as log } from '../../src/kit/log.ts';
import { createAgentInbox, createAgentOrders } from '../../src/redis/agent-inbox.ts';
import { createCallLog } from '../../src/redis/call-log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { InvalidationFeed } from '../../src/redis/invalidation-feed.ts';
import { invalidationChannel } from '../../src/redis/keys.ts';
import { openTcpProxy, type TcpProxy } from '../chaos/tcp-proxy.ts';
import { until } from '../support/daemon.ts';
import { createTestRedis } from '../support/services.ts';

const BACK_MS = 20_000;
let proxy: TcpProxy;
let through: string;
let direct: Redis;
let lifecycle: Lifecycle;

beforeEach(async () => {
  lifecycle = new Lifecycle();
  const server = await createTestRedis();
  lifecycle.add({ name: 'server', stop: () => server.close() });
  const url = new URL(server.url);
  proxy = await openTcpProxy(Number(url.port));
  lifecycle.add({ name: 'proxy', stop: () => proxy.close() });
  direct = await open('direct', {}, server.url);
  url.port = String(proxy.port);
  through = url.href;
});

afterEach(() => lifecycle.stop());

async function open(name: string, options: { blocking?: boolean; patient?: boolean } = {}, url = through): Promise<Redis> {
  const redis = await connectRedis({ url, name, log, commandTimeoutMs: 100, ...options });
  lifecycle.add({ name, stop: () => closeRedis(redis) });
  return redis;
}

const isTrue = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    (value) => value !== false,
    () => false,
  );

describe('a connection that the network forgot is given up, and a new one goes on', () => {
  it('where commands are sent', async () => {
    const redis = await open('plain');
    proxy.forget();
    await expect(redis.ping()).rejects.toThrow(/timed out/);
    expect(await until(() => isTrue(redis.ping()), BACK_MS)).toBe(true);
  });

  it('where only messages are awaited, and whoever listens is told of the gap', async () => {
    const heard: string[] = [];
    const listener = {
      onLive: () => heard.push('live'),
      onLost: () => heard.push('lost'),
      onRecord: (ref: string, version: number) => heard.push(`${ref} ${version}`),
      onPlane: () => {},
      onAsk: () => {},
      onBadMessage: () => heard.push('bad'),
    };
    const subscriber = await open('subscriber');
    const feed = new InvalidationFeed({ subscriber, listener, log });
    lifecycle.add({ name: 'feed', stop: async () => feed.stop() });
    await feed.start();
    proxy.forget();
    expect(await until(() => heard.length >= 3, BACK_MS)).toBe(true);
    await direct.publish(invalidationChannel(direct.options.db ?? 0), '1.7. number:live:+12025550123');
    expect(await until(() => heard.length >= 4, BACK_MS)).toBe(true);
    expect(heard).toEqual(['live', 'lost', 'live', 'number:live:+12025550123 7']);
  });

  it('where an agent waits for orders', async () => {
    const orders = createAgentOrders({ redis: direct, blocking: await open('inbox', { blocking: true }), agentId: 'agent' });
    const hung = orders.read('0', 50);
    proxy.forget();
    await expect(hung).rejects.toThrow();
    const asked = createAgentInbox(direct, BACK_MS).hangUp('agent', 'call');
    const answered = async (): Promise<boolean> => {
      const { orders: found } = await orders.read('0', 50);
      for (const order of found) await orders.answer(order, 'ended');
      return found.length > 0;
    };
    expect(await until(() => isTrue(answered()), BACK_MS)).toBe(true);
    expect(await asked).toBe('ended');
  });

  it('where the call log is read', async () => {
    const onBadValue = () => {};
    const callLog = createCallLog({ redis: direct, blockingRedis: await open('log', { blocking: true }), onBadValue });
    proxy.forget();
    await expect(callLog.read(10, 50)).rejects.toThrow(/XREAD/);
    expect(await until(() => isTrue(callLog.read(10, 50)), BACK_MS)).toBe(true);
  });

  it.each(['forget', 'cut'] as const)('where workers wait for jobs and have one under way (%s)', async (how) => {
    const ran: string[] = [];
    const job = (end: number) => ({ id: `01a200be-0000-7000-8000-00000000000${end}`, queue: 'release-due' as const, runs: 0 });
    const queue = lifecycle.add(createJobQueue(direct, log));
    const run = async (id: string) => {
      ran.push(id);
      // Its end is told over the connection that is lost by then.
      if (ran.length === 1) proxy[how]();
      return 'done' as const;
    };
    const redis = await open('workers', { patient: true });
    lifecycle.add(await startJobWorkers({ redis, queues: ['release-due'], concurrency: 1, run, log }));
    await queue.wake([job(1)]);
    expect(await until(() => ran.length === 1, BACK_MS)).toBe(true);
    proxy.heal();
    await queue.wake([job(2)]);
    expect(await until(() => ran.includes(job(2).id), BACK_MS)).toBe(true);
  });
});
