import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJobQueue } from '../../src/jobs/job-queue.ts';
import { startJobWorkers } from '../../src/jobs/worker.ts';
import { Lifecycle } from '../../src/kit/lifecycle.ts';
import { silentLogger as log } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { createRoutingPlane } from '../../src/redis/plane.ts';
import { until } from '../support/daemon.ts';
import { type SentinelPlane, startSentinelPlane } from '../support/sentinels.ts';

const BACK_MS = 20_000;

let plane: SentinelPlane;
const lifecycle = new Lifecycle();
const ran: string[] = [];
let main: Redis;
let blocking: Redis;
let subscriber: Redis;

async function open(name: string, options: { blocking?: boolean; patient?: boolean } = {}): Promise<Redis> {
  const redis = await connectRedis({ url: plane.url, name, log, ...options });
  lifecycle.add({ name, stop: () => closeRedis(redis) });
  return redis;
}

beforeAll(async () => {
  plane = await startSentinelPlane();
  main = await open('main');
  blocking = await open('blocking', { blocking: true });
  subscriber = await open('subscriber');
}, 60_000);

afterAll(async () => {
  await lifecycle.stop();
  await plane.close();
}, 30_000);

describe('a primary that is killed under three Sentinels', () => {
  it('is replaced for every kind of connection by itself: commands, blocking reads, subscriptions, job queues and their workers', async () => {
    const queue = lifecycle.add(createJobQueue(await open('queue'), log));
    const run = async (id: string) => {
      ran.push(id);
      return 'done' as const;
    };
    lifecycle.add(
      await startJobWorkers({ redis: await open('workers', { patient: true }), queues: ['release-due'], concurrency: 1, run, log }),
    );
    const job = (end: number) => ({ id: `01a200be-0000-7000-8000-00000000000${end}`, queue: 'release-due' as const, runs: 0 });
    await queue.wake([job(1)]);
    expect(await until(() => ran.length === 1, 5000)).toBe(true);
    expect(await createRoutingPlane(main).markPlane(1, { first: true })).toBe('marked');
    await main.set('before', '1');
    await main.wait(1, 1000);

    await plane.killPrimary();
    // What a command meets meanwhile is an error at once or within its deadline, never an endless wait (decision C10).
    const from = performance.now();
    await expect(main.set('during', '1')).rejects.toThrow();
    expect(performance.now() - from).toBeLessThan(2000);

    const back = await until(() => main.set('after', '1').catch(() => false as const), BACK_MS);
    expect(back).toBe('OK');
    const tookMs = Math.round(performance.now() - from);
    console.log(`commands again ${tookMs} ms after the kill`);
    expect(await plane.primaryPort()).toBe(plane.replicaPort);
    expect(await main.get('before')).toBe('1');

    // It keeps a log of its own, and yet the old one may have acknowledged more than it got: last calls are not known yet (decision C4).
    const routing = createRoutingPlane(main);
    expect(await routing.readPlane()).toMatchObject({ status: 'moved' });
    expect(await main.exists(keys.planeUnsettled)).toBe(0);
    expect(await routing.markPlane(1)).toBe('marked');
    expect(await main.exists(keys.planeUnsettled)).toBe(1);

    await main.xadd('stream', '*', 'f', 'v');
    expect(
      await until(
        () =>
          blocking.xread('BLOCK', 500, 'STREAMS', 'stream', '0').then(
            (found) => found !== null,
            () => false,
          ),
        BACK_MS,
      ),
    ).toBe(true);
    const heard: string[] = [];
    subscriber.on('message', (_channel, text) => heard.push(text));
    expect(
      await until(
        () =>
          subscriber.subscribe('channel').then(
            () => true,
            () => false as const,
          ),
        BACK_MS,
      ),
    ).toBe(true);
    await main.publish('channel', 'hello');
    expect(await until(() => heard.includes('hello'), 5000)).toBe(true);
    expect(
      await until(
        () =>
          queue.wake([job(2)]).then(
            () => true,
            () => false as const,
          ),
        BACK_MS,
      ),
    ).toBe(true);
    expect(await until(() => ran.length === 2, BACK_MS)).toBe(true);
  }, 60_000);
});
