import type { StockFilter, StockLevel } from '../app/ports/store.ts';
import type { NumberType } from '../domain/number.ts';
import { stockConditions } from './number-stock.ts';
import type { Queryable } from './pool.ts';
import { Where } from './where.ts';

const GROUPS = { region: 'region', npa: "case when starts_with(e164, '+1') then substr(e164, 3, 3) end" } as const;

/** So many rows are read for one answer, whatever the stock, and of each country and type at least so many (ADR 14). */
const READ_MAX = 100_000;
const READ_OF_KIND_MIN = 500;

interface Kind {
  readonly country: string;
  readonly type: NumberType;
}
interface LevelRow extends Kind {
  readonly place: string | null;
  readonly capabilities: string[];
  readonly n: number;
}

/**
 * The stock in counts: one for each country and type, and group where there is one. Of a country and type with more rows than may be
 * read the first ones are counted, so its count says how many there are at least.
 */
export async function stockLevels(
  db: Queryable,
  filter: StockFilter,
  groupBy: 'region' | 'npa' | null,
  countMax: number,
  readMax: number = READ_MAX,
): Promise<readonly StockLevel[]> {
  const kinds = await kindsInStock(db, filter, countMax);
  if (kinds.length === 0) return [];
  const levels = new Map<string, StockLevel>();
  for (const { place: group, n, capabilities, ...kind } of await countKinds(db, filter, groupBy, kinds, readMax)) {
    const key = JSON.stringify([kind.country, kind.type, group]);
    const before = levels.get(key);
    const all = [...new Set([...(before?.capabilities ?? []), ...capabilities])].toSorted();
    levels.set(key, { ...kind, group, count: (before?.count ?? 0) + n, capabilities: all });
  }
  return [...levels.values()].slice(0, countMax);
}

/** Countries and types of which anything is in stock: each step looks up the next one in the index of the stock. */
async function kindsInStock(db: Queryable, { mode, country, type }: StockFilter, countMax: number): Promise<readonly Kind[]> {
  const where = new Where().and("lifecycle = 'available'").and('mode = ?', mode).when('country = ?', country).when('type = ?', type);
  const first = `select country, type from numbers ${where.text} order by country, type limit 1`;
  const next = `select country, type from numbers ${where.text} and (country, type) > (k.country, k.type) order by country, type limit 1`;
  const { rows } = await db.query<{ country: string; type: NumberType }>(
    `with recursive kinds as ((${first}) union all select n.country, n.type from kinds k cross join lateral (${next}) n)
     select country, type from kinds limit ${where.bind(countMax)}`,
    where.values,
  );
  return rows;
}

async function countKinds(
  db: Queryable,
  filter: StockFilter,
  groupBy: 'region' | 'npa' | null,
  kinds: readonly Kind[],
  readMax: number,
): Promise<readonly LevelRow[]> {
  const place = groupBy === null ? 'null::text' : GROUPS[groupBy];
  const where = stockConditions(filter);
  const ofKind = Math.max(READ_OF_KIND_MIN, Math.floor(readMax / kinds.length));
  const countries = where.bind(kinds.map(({ country }) => country));
  const types = where.bind(kinds.map(({ type }) => type));
  // The conditions stand outside the limit: what they leave out has been read too. A prefix has an index of its own.
  const rows =
    filter.startsWith === undefined
      ? `unnest(${countries}::bpchar[], ${types}::text[]) as k (of_country, of_type) cross join lateral (
           select * from numbers n where n.lifecycle = 'available' and n.mode = ${where.bind(filter.mode)}
             and n.country = k.of_country and n.type = k.of_type order by n.created_at, n.id limit ${where.bind(ofKind)}) numbers ${where.text}`
      : `(select * from numbers ${where.text} and country = any(${countries}::bpchar[]) and type = any(${types}::text[])
           limit ${where.bind(readMax)}) numbers`;
  const text = `select numbers.country, numbers.type, ${place} as place, capabilities, count(*) as n from ${rows}
    group by numbers.country, numbers.type, place, capabilities order by numbers.country, numbers.type, place`;
  return (await db.query<LevelRow>(text, where.values)).rows;
}
