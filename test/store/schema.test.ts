import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/services.ts';
import { dumpSchema } from './dump-schema.ts';

const COMMITTED = new URL('../../sql/schema.sql', import.meta.url);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('schema');
});
afterAll(() => database.close());

test('sql/schema.sql is the schema that the migrations make', async () => {
  const dump = await dumpSchema(database.url);
  // UPDATE_SCHEMA=1 npx vitest run test/store/schema.test.ts writes it anew.
  if (process.env.UPDATE_SCHEMA === '1') writeFileSync(COMMITTED, dump);
  expect(readFileSync(COMMITTED, 'utf8')).toBe(dump);
});
