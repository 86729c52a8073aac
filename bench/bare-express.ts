/**
 * What the suite `api` is compared with: Express and pg, one statement per request, nothing else. No keys, no checks, no audit, no
 * ledger, no events, no Redis. Started by bench/api-site.ts; says its URL on stdout.
 */
import type { AddressInfo } from 'node:net';
import { parse } from 'csv-parse';
import express from 'express';
import pg from 'pg';

const CHUNK_ROWS = 1000;
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = express();
app.disable('x-powered-by').set('etag', false).use(express.json());

app.get('/numbers', async (req, res) => {
  const { country, type } = req.query;
  const text = 'select * from numbers where owner is null and country = $1 and type = $2 order by id limit 20';
  res.json({ data: (await pool.query(text, [country, type])).rows });
});

app.post('/purchases', async (req, res) => {
  const { id, owner } = req.body as { id: string; owner: string };
  const { rows } = await pool.query('update numbers set owner = $2 where id = $1 and owner is null returning *', [id, owner]);
  res.status(rows.length === 1 ? 201 : 404).json(rows[0] ?? null);
});

app.post('/import', async (req, res) => {
  let created = 0;
  let rows: Record<string, string>[] = [];
  const flush = async (): Promise<void> => {
    const column = (name: string) => rows.map((row) => row[name]);
    const { rowCount } = await pool.query(
      `insert into numbers (e164, country, type, region, setup_fee_minor, monthly_fee_minor)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) on conflict do nothing`,
      ['e164', 'country', 'type', 'region', 'setup_fee_minor', 'monthly_fee_minor'].map(column),
    );
    created += rowCount ?? 0;
    rows = [];
  };
  for await (const row of req.pipe(parse({ columns: true }))) {
    rows.push(row as Record<string, string>);
    if (rows.length === CHUNK_ROWS) await flush();
  }
  if (rows.length > 0) await flush();
  res.json({ created });
});

const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
server.keepAliveTimeout = 65_000;
