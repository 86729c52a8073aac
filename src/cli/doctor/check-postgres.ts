import { silentLogger } from '../../kit/log.ts';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { createPool } from '../../store/pool.ts';
import { type Finding, LOOK_MS } from './check.ts';

/** Whether the database answers and has our schema; without one, whether the packaged server runs here. */
export async function checkPostgres(url: string | undefined): Promise<Finding> {
  if (url === undefined) {
    const { foundAs } = await postgresBinaries(undefined);
    return { status: 'ok', detail: `embedded, from the ${foundAs}` };
  }
  const pool = createPool(url, { log: silentLogger, connectionsMax: 1, connectionTimeoutMs: LOOK_MS, statementTimeoutMs: LOOK_MS });
  try {
    const { rows } = await pool.query<{ version: string; migrated: boolean }>(
      `select current_setting('server_version') as version, to_regclass('schema_migrations') is not null as migrated`,
    );
    const [row] = rows;
    if (row?.migrated !== true) return { status: 'note', detail: `${row?.version}, without our schema: dialplane migrate makes it` };
    const last = await pool.query<{ name: string }>('select name from schema_migrations order by version desc limit 1');
    return { status: 'ok', detail: `${row.version}, schema ${last.rows[0]?.name ?? 'empty'}` };
  } finally {
    await pool.end();
  }
}
