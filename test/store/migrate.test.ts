import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { migrate } from '../../src/store/migrate.ts';

const SQL_DIR = new URL('../../sql/', import.meta.url).pathname;

let server: pg.Client;
let name: string;
let url: string;
let dir: string;

beforeAll(async () => {
  server = new pg.Client({ connectionString: inject('services').postgresUrl });
  await server.connect();
});
afterAll(() => server.end());

beforeEach(async () => {
  name = `test_migrate_${Math.random().toString(36).slice(2)}`;
  await server.query(`create database ${name}`);
  const own = new URL(inject('services').postgresUrl);
  own.pathname = `/${name}`;
  url = own.href;
  dir = await mkdtemp(join(tmpdir(), 'dialplane-sql-'));
});
afterEach(async () => {
  await server.query(`drop database ${name} with (force)`);
  await rm(dir, { recursive: true, force: true });
});

async function query<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

test('applies every migration in order and nothing the second time', async () => {
  const first = await migrate(url);
  expect(first.applied.length).toBeGreaterThanOrEqual(4);
  expect(first.applied).toEqual(first.applied.toSorted());
  expect((await migrate(url)).applied).toEqual([]);
  const rows = await query<{ name: string }>('select name from schema_migrations order by version');
  expect(rows.map((row) => row.name)).toEqual(first.applied);
});

test('four concurrent starters apply every migration exactly once', async () => {
  await cp(SQL_DIR, dir, { recursive: true });
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(url, { sqlDir: dir })));
  const applied = results.flatMap((result) => result.applied);
  expect(new Set(applied).size).toBe(applied.length);
  expect(await query<{ n: number }>('select count(*)::int as n from schema_migrations')).toEqual([{ n: applied.length }]);
});

test('refuses to start on a migration that was changed after it had been applied', async () => {
  await writeFile(join(dir, '0001_first.sql'), 'create table t (a int);');
  await migrate(url, { sqlDir: dir });
  await writeFile(join(dir, '0001_first.sql'), 'create table t (a bigint);');
  await expect(migrate(url, { sqlDir: dir })).rejects.toThrow('0001_first.sql: it was changed');
});

test('a failing migration leaves neither its version row nor half of its work', async () => {
  await writeFile(join(dir, '0001_first.sql'), 'create table a (a int);');
  await writeFile(join(dir, '0002_second.sql'), 'create table b (b int); select 1 / 0;');
  await expect(migrate(url, { sqlDir: dir })).rejects.toThrow('0002_second.sql: division by zero');
  expect(await query<{ version: number }>('select version from schema_migrations')).toEqual([{ version: 1 }]);
  expect(await query<{ b: string | null }>("select to_regclass('b')::text as b")).toEqual([{ b: null }]);
  await writeFile(join(dir, '0002_second.sql'), 'create table b (b int);');
  expect((await migrate(url, { sqlDir: dir })).applied).toEqual(['0002_second.sql']);
});

test('refuses a number used twice and applies what fills a gap later', async () => {
  await writeFile(join(dir, '0001_first.sql'), 'select 1;');
  await writeFile(join(dir, '0003_third.sql'), 'select 1;');
  expect((await migrate(url, { sqlDir: dir })).applied).toEqual(['0001_first.sql', '0003_third.sql']);
  await writeFile(join(dir, '0002_second.sql'), 'select 1;');
  expect((await migrate(url, { sqlDir: dir })).applied).toEqual(['0002_second.sql']);
  await writeFile(join(dir, '0001_again.sql'), 'select 1;');
  await expect(migrate(url, { sqlDir: dir })).rejects.toThrow('used twice');
});

test('the indexes of the newest lists are built while numbers can be read', async () => {
  for (const file of (await readdir(SQL_DIR)).filter((each) => /^00([01]|20)/.test(each))) await cp(join(SQL_DIR, file), join(dir, file));
  await migrate(url, { sqlDir: dir });
  const sql = await readFile(join(SQL_DIR, '0021_orders_of_lists_and_laid_aside_suspensions.sql'), 'utf8');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  const locked = `select count(*)::int as n from pg_locks where relation = 'numbers'::regclass and mode = 'AccessExclusiveLock'`;
  const exclusive: number[] = [];
  for (const statement of sql.split(/;\n/)) {
    await client.query(statement);
    if (/create index/.test(statement)) exclusive.push((await client.query<{ n: number }>(locked)).rows[0]!.n);
  }
  await client.end();
  expect(exclusive).toEqual([0, 0, 0, 0, 0]);
});

test('a migration that does not get a lock lets the others pass and begins anew', async () => {
  await writeFile(join(dir, '0001_first.sql'), 'create table t (a int);');
  await migrate(url, { sqlDir: dir });
  await writeFile(join(dir, '0002_second.sql'), 'alter table t add column b int;');
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query('begin; select from t');
  let waited = 0;
  const warn = (): void => {
    waited += 1;
    if (waited === 2) void reader.query('commit');
  };
  const log = { ...silentLogger, warn };
  expect((await migrate(url, { sqlDir: dir, lockTimeoutMs: 50, log })).applied).toEqual(['0002_second.sql']);
  expect(waited).toBeGreaterThanOrEqual(2);
  await reader.end();
});
