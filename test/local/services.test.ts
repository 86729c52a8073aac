import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, createTestRedis, startTestRedis, type TestDatabase, type TestRedis } from '../support/services.ts';

describe('test services', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase('services'), createTestRedis()]);
  });
  afterAll(async () => {
    await Promise.all([database.close(), redis.close()]);
  });

  it('give a database of its own that answers', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query('select current_database() as name');
      expect(rows).toEqual([{ name: database.name }]);
    } finally {
      await client.end();
    }
  });

  it('give an empty Redis database that never evicts and asks for a password', async () => {
    const client = new Redis(redis.url);
    try {
      expect(await client.dbsize()).toBe(0);
      expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction');
    } finally {
      client.disconnect();
    }
    const bare = new URL(redis.url);
    bare.password = '';
    const stranger = new Redis(bare.href, { maxRetriesPerRequest: 0 });
    stranger.on('error', () => {});
    await expect(stranger.get('x')).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
  });

  it('complain about a connection left open', async () => {
    const leaky = await createTestDatabase('leaky');
    const client = new pg.Client({ connectionString: leaky.url, application_name: 'forgotten' });
    client.on('error', () => {});
    await client.connect();
    await expect(leaky.close()).rejects.toThrow(/forgotten/);
  });

  it('a private Redis comes back empty on its port after a kill', async () => {
    const server = await startTestRedis();
    const client = new Redis(server.url, { retryStrategy: () => 20 });
    client.on('error', () => {});
    try {
      await client.set('a', '1');
      await server.kill();
      await server.restart();
      expect(await client.get('a')).toBeNull();
    } finally {
      client.disconnect();
      await server.close();
    }
  });
});
