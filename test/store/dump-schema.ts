import pg from 'pg';

interface Column {
  readonly name: string;
  readonly definition: string;
}

const HEADER = `-- The schema after all migrations, for people to read and to compare; never applied.
-- Written by: UPDATE_SCHEMA=1 npx vitest run test/store/schema.test.ts
`;

/** The schema of a database as SQL text, the same for the same schema: tables, then indexes, functions and triggers by name. */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000, query_timeout: 10_000 });
  await client.connect();
  try {
    const tables = await names(
      client,
      "select relname as text from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace",
    );
    const parts: string[] = [];
    for (const table of tables) parts.push(await dumpTable(client, table));
    parts.push(...(await names(client, INDEXES)), ...(await names(client, FUNCTIONS)), ...(await names(client, TRIGGERS)));
    return `${HEADER}\n${parts.map((part) => `${part.trim()};\n`).join('\n')}`;
  } finally {
    await client.end();
  }
}

async function names(client: pg.Client, query: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ text: string }>(`select text from (${query}) q order by text collate "C"`);
  return rows.map((row) => row.text);
}

async function dumpTable(client: pg.Client, table: string): Promise<string> {
  const columns = await client.query<Column>(COLUMNS, [table]);
  const constraints = await client.query<{ name: string; definition: string }>(CONSTRAINTS, [table]);
  const lines = [
    ...columns.rows.map((column) => `  ${column.name} ${column.definition}`),
    ...constraints.rows.map((constraint) => `  constraint ${constraint.name} ${constraint.definition}`),
  ];
  const [partitioned] = await names(client, `select 'partition by ' || pg_get_partkeydef('${table}'::regclass) as text`);
  return `create table ${table} (\n${lines.join(',\n')}\n) ${partitioned ?? ''}`;
}

const COLUMNS = `
  select attname as name, format_type(atttypid, atttypmod)
      || case when attnotnull then ' not null' else '' end
      || case attidentity when 'a' then ' generated always as identity (start ' || s.seqstart || ')' else '' end
      || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_sequence s on attidentity <> '' and s.seqrelid = pg_get_serial_sequence(a.attrelid::regclass::text, a.attname)::regclass
   where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`;

// Newer servers keep not-null as constraints too; the columns say so already.
const CONSTRAINTS = `
  select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
   where conrelid = $1::regclass and contype in ('p', 'u', 'f', 'c') order by contype desc, conname collate "C"`;

const INDEXES = `
  select pg_get_indexdef(indexrelid) as text from pg_index i join pg_class c on c.oid = i.indexrelid
   where not c.relispartition and c.relnamespace = 'public'::regnamespace and not exists (select 1 from pg_constraint where conindid = i.indexrelid)`;

const FUNCTIONS = `select pg_get_functiondef(oid) as text from pg_proc where pronamespace = 'public'::regnamespace`;

const TRIGGERS = `
  select pg_get_triggerdef(t.oid) as text from pg_trigger t join pg_class c on c.oid = t.tgrelid
   where not tgisinternal and c.relnamespace = 'public'::regnamespace`;
