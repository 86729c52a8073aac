import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Part } from '../../src/kit/lifecycle.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { holdLeadership } from '../../src/store/leadership.ts';
import { listen } from '../../src/store/listen.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { PLANNED_ONCE } from '../../src/store/planned-once.ts';
import { createPool } from '../../src/store/pool.ts';
import { isStoreAway } from '../../src/store/store-away.ts';
import { addAccount, openStore, type StoreFixture } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('connections');
});
afterAll(() => store.close());

const parts: Part[] = [];
afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

/** Listens on `outbox` and hands out one promise after the other. */
function listener() {
  const heard: string[] = [];
  let wake = (): void => {};
  const part = listen({
    databaseUrl: store.url,
    channels: ['outbox', 'calls'],
    onNotify(channel) {
      heard.push(channel);
      wake();
    },
    log: silentLogger,
  });
  parts.push(part);
  return {
    heard,
    async until(condition: () => boolean): Promise<void> {
      const deadline = AbortSignal.timeout(5000);
      while (!condition()) {
        deadline.throwIfAborted();
        await new Promise<void>((resolve) => {
          wake = resolve;
          deadline.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };
}

test('rows that are left to the relay wake the listeners', async () => {
  const { heard, until } = listener();
  await until(() => heard.includes('outbox') && heard.includes('calls'));
  heard.length = 0;
  postgresOutbox(store.pool).wakeRelay();
  await until(() => heard.includes('outbox'));
});

test('a broken listening connection comes back and calls everybody, for what was missed meanwhile', async () => {
  const { heard, until } = listener();
  await until(() => heard.includes('outbox') && heard.includes('calls'));
  heard.length = 0;
  await store.sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dialplane-listen' and datname = current_database()",
  );
  await until(() => heard.includes('outbox') && heard.includes('calls'));
});

test('bigint and timestamptz are numbers in our pools and unchanged in everybody else’s', async () => {
  const query = "select 9007199254740991::bigint as n, timestamptz '2026-01-01 00:00:00.123+02' as t";
  expect(await store.sql(query)).toEqual([{ n: Number.MAX_SAFE_INTEGER, t: Date.UTC(2025, 11, 31, 22, 0, 0, 123) }]);
  const other = new pg.Client({ connectionString: store.url });
  await other.connect();
  const { rows } = await other.query(query);
  await other.end();
  expect(rows).toEqual([{ n: '9007199254740991', t: new Date(Date.UTC(2025, 11, 31, 22, 0, 0, 123)) }]);
});

test('a statement and a wait for a lock end in time, and say that the store is away', async () => {
  const pool = createPool(store.url, { log: silentLogger, statementTimeoutMs: 100, lockTimeoutMs: 50 });
  const slow = await pool.query('select pg_sleep(5)').catch((error: unknown) => error);
  expect(isStoreAway(slow)).toBe(true);
  const account = await addAccount(store);
  await store.commit(async (tx) => {
    await tx.accounts.lock(account.id);
    const waited = await pool.query('select 1 from accounts where id = $1 for update', [account.id]).catch((error: unknown) => error);
    expect(isStoreAway(waited)).toBe(true);
  });
  await pool.end();
});

test('a server that is not there or says nothing is away; a mistake in a statement is not', async () => {
  const silent: Server = createServer();
  const sockets = new Set<Socket>();
  silent.on('connection', (socket) => sockets.add(socket));
  const port = await new Promise<number>((resolve) => {
    silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port));
  });
  const mute = createPool(`postgres://x@127.0.0.1:${port}/x`, { log: silentLogger, connectionTimeoutMs: 100 });
  expect(isStoreAway(await mute.query('select 1').catch((error: unknown) => error))).toBe(true);
  await mute.end();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  const gone = createPool(`postgres://x@127.0.0.1:${port}/x`, { log: silentLogger });
  expect(isStoreAway(await gone.query('select 1').catch((error: unknown) => error))).toBe(true);
  await gone.end();
  expect(isStoreAway(await store.sql('select nonsense').catch((error: unknown) => error))).toBe(false);
  expect(isStoreAway(new Error('other'))).toBe(false);
});

test('a connection that breaks inside a change fails that change and leaves the pool usable', async () => {
  const failing = store.commit(async (tx) => {
    await tx.accounts.get(crypto.randomUUID());
    await store.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
    );
    await tx.accounts.get(crypto.randomUUID());
  });
  const error = await failing.catch((fault: unknown) => fault);
  expect(isStoreAway(error)).toBe(true);
  await addAccount(store);
});

test('a connection that breaks while its leader works ends nothing but the lock', async () => {
  const pool = createPool(store.url, { log: silentLogger, connectionsMax: 2, applicationName: 'leader' });
  const leading = holdLeadership(pool, 'test', async () => {
    await store.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leader'");
    // Nobody asks anything of that connection now: it tells of its end by itself.
    const isFree = async (): Promise<boolean> => (await holdLeadership(pool, 'test', async () => true)) === true;
    while (!(await isFree())) await new Promise((resolve) => setImmediate(resolve));
    return 'done';
  });
  expect(await leading).toBe('done');
  expect(await holdLeadership(pool, 'test', async () => 'again')).toBe('again');
  await pool.end();
});

test('a marked statement is prepared once for each connection and survives a rollback; others are not prepared', async () => {
  const pool = createPool(store.url, { log: silentLogger, connectionsMax: 1 });
  parts.push({ name: 'pool', stop: () => pool.end() });
  const text = `${PLANNED_ONCE} select $1::int + 1 as n`;
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const n of [1, 2]) expect((await client.query(text, [n])).rows).toEqual([{ n: n + 1 }]);
    await expect(client.query(text, ['x'])).rejects.toThrow('invalid input syntax');
    await client.query('rollback');
    expect((await client.query(text, [3])).rows).toEqual([{ n: 4 }]);
    await client.query('select $1::int', [1]);
    expect((await client.query('select statement from pg_prepared_statements')).rows).toEqual([{ statement: text }]);
  } finally {
    client.release();
  }
});
