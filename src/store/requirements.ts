import type { RequirementStore } from '../app/ports/orders.ts';
import type { NumberType } from '../domain/number.ts';
import type { Acceptance, FieldType, Requirement } from '../domain/requirement.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface RequirementRow {
  id: string;
  country: string;
  number_type: NumberType;
  name: string;
  field_type: FieldType;
  acceptance: Acceptance;
  created_at: number;
}

const COLUMNS = 'id, country, number_type, name, field_type, acceptance, created_at';

const toRequirement = (row: RequirementRow): Requirement => ({
  id: row.id,
  country: row.country,
  numberType: row.number_type,
  name: row.name,
  fieldType: row.field_type,
  acceptance: row.acceptance,
  createdAt: row.created_at,
});

/** The catalogue of requirements in one transaction. */
export function requirementStore(db: Queryable): RequirementStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Requirement[]> =>
    (await db.query<RequirementRow>(`select ${COLUMNS} from requirements ${rest}`, values)).rows.map(toRequirement);
  return {
    async insert({ id, country, numberType, name, fieldType, acceptance, createdAt }) {
      const { rowCount } = await db.query(
        `insert into requirements (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [id, country, numberType, name, fieldType, JSON.stringify(acceptance), timestamp(createdAt)],
      );
      return rowCount === 1;
    },
    get: async (id) => (isUuid(id) ? ((await many('where id = $1', [id]))[0] ?? null) : null),
    list(filter, page) {
      const where = new Where().when('country = ?', filter.country).when('number_type = ?', filter.numberType);
      where.after('created_at', 'id', page.after);
      return many(`${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
    ofCountries: (countries) => many('where country = any($1::text[]) order by created_at, id', [countries]),
  };
}
