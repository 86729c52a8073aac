import type { RequirementFilter, RequirementStore, Sort } from '../app/ports/regulation.ts';
import type { NumberType } from '../domain/number.ts';
import type { Acceptance, FieldType, Requirement, RequirementSet } from '../domain/requirement.ts';
import { isUuid } from '../kit/ids.ts';
import { escapeLike, orderBy, pageWithTotal } from './counted-page.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface RequirementRow {
  id: string;
  country: string;
  number_type: NumberType;
  name: string;
  description: string | null;
  example: string | null;
  field_type: FieldType;
  acceptance: Acceptance;
  created_at: number;
}
interface SetRow {
  id: string;
  country: string;
  number_type: NumberType;
  version: number;
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, country, number_type, name, description, example, field_type, acceptance, created_at';
const SET_COLUMNS = 'id, country, number_type, version, created_at, updated_at';

const toRequirement = (row: RequirementRow): Requirement => ({
  id: row.id,
  country: row.country,
  numberType: row.number_type,
  name: row.name,
  description: row.description,
  example: row.example,
  fieldType: row.field_type,
  acceptance: row.acceptance,
  createdAt: row.created_at,
});

const toSet = (row: SetRow, requirements: readonly Requirement[]): RequirementSet => ({
  id: row.id,
  country: row.country,
  numberType: row.number_type,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  requirements: requirements.filter((each) => each.country === row.country && each.numberType === row.number_type),
});

/** Asked in the middle of every order, of a catalogue that is small. */
const OF_COUNTRIES = `${PLANNED_ONCE} select ${COLUMNS} from requirements where country = any($1::text[]) order by created_at, id`;

const filtered = ({ country, numberType }: RequirementFilter): Where =>
  new Where().when('country = ?', country).when('number_type = ?', numberType);

/** The catalogue of requirements in one transaction. */
export function requirementStore(db: Queryable): RequirementStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Requirement[]> =>
    (await db.query<RequirementRow>(`select ${COLUMNS} from requirements ${rest}`, values)).rows.map(toRequirement);
  const ofCountries = async (countries: readonly string[]): Promise<readonly Requirement[]> =>
    (await db.query<RequirementRow>(OF_COUNTRIES, [countries])).rows.map(toRequirement);
  const withRequirements = async (rows: readonly SetRow[]): Promise<readonly RequirementSet[]> => {
    const requirements = await ofCountries([...new Set(rows.map(({ country }) => country))]);
    return rows.map((row) => toSet(row, requirements));
  };
  return {
    async insert({ id, country, numberType, name, description, example, fieldType, acceptance, createdAt }, setId) {
      const at = timestamp(createdAt);
      const { rowCount } = await db.query(
        `insert into requirements (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
        [id, country, numberType, name, description, example, fieldType, JSON.stringify(acceptance), at],
      );
      if (rowCount !== 1) return false;
      await db.query(
        `insert into requirement_sets (${SET_COLUMNS}) values ($1, $2, $3, 1, $4, $4) on conflict (country, number_type)
           do update set version = requirement_sets.version + 1, updated_at = greatest(requirement_sets.updated_at, excluded.updated_at)`,
        [setId, country, numberType, at],
      );
      return true;
    },
    get: async (id) => (isUuid(id) ? ((await many('where id = $1', [id]))[0] ?? null) : null),
    list(filter, page) {
      const where = filtered(filter).after('created_at', 'id', page.after);
      return many(`${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
    ofCountries,
    async search({ nameContains }, sort: readonly Sort<'name' | 'created_at'>[], page) {
      const where = new Where().when('name ilike ?', nameContains === undefined ? undefined : `%${escapeLike(nameContains)}%`);
      const order = orderBy(sort, { name: 'lower(name)', created_at: 'created_at' });
      const found = await pageWithTotal<RequirementRow>(db, 'requirements', COLUMNS, where, order, page);
      return { rows: found.rows.map(toRequirement), total: found.total };
    },
    async getSet(id) {
      if (!isUuid(id)) return null;
      const { rows } = await db.query<SetRow>(`select ${SET_COLUMNS} from requirement_sets where id = $1`, [id]);
      return (await withRequirements(rows))[0] ?? null;
    },
    async listSets(filter, sort, page) {
      const columns = { created_at: 'created_at', updated_at: 'updated_at', country: 'country', number_type: 'number_type' };
      const found = await pageWithTotal<SetRow>(db, 'requirement_sets', SET_COLUMNS, filtered(filter), orderBy(sort, columns), page);
      return { rows: await withRequirements(found.rows), total: found.total };
    },
  };
}
