import type { AddressStore } from '../app/ports/regulation.ts';
import type { Address, AddressFields } from '../domain/address.ts';
import type { Mode } from '../domain/records.ts';
import { escapeLike, orderBy, pageWithTotal } from './counted-page.ts';
import { isExtId } from './ext-id.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

interface AddressRow {
  id: string;
  ext_id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  fields: AddressFields;
  created_at: number;
}

// An integer id does not fit a number.
const COLUMNS = 'a.id, a.ext_id::text as ext_id, a.mode, a.owner_account_id, a.sub_account_id, a.fields, a.created_at';

const toAddress = (row: AddressRow): Address => ({
  ...row.fields,
  id: row.id,
  extId: row.ext_id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  createdAt: row.created_at,
});

const SORTED_BY = {
  created_at: 'created_at',
  first_name: "lower(fields->>'firstName')",
  last_name: "lower(fields->>'lastName')",
  business_name: "lower(fields->>'businessName')",
  street_address: 'lower(street_address)',
} as const;

/** The addresses of one transaction. */
export function addressStore(db: Queryable): AddressStore {
  const one = async (rest: string, extId: string): Promise<Address | null> => {
    if (!isExtId(extId)) return null;
    const { rows } = await db.query<AddressRow>(`select ${COLUMNS} from addresses a where a.ext_id = $1 ${rest}`, [extId]);
    return rows[0] === undefined ? null : toAddress(rows[0]);
  };
  return {
    get: (extId) => one('', extId),
    lock: (extId) => one('for update', extId),
    async insert({ id, mode, holder, createdAt, ...fields }) {
      const { rows } = await db.query<{ ext_id: string }>(
        `insert into addresses (id, mode, owner_account_id, sub_account_id, country, customer_reference, street_address, fields, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ext_id::text as ext_id`,
        [
          id,
          mode,
          holder.ownerAccountId,
          holder.subAccountId,
          fields.country,
          fields.customerReference,
          fields.streetAddress,
          JSON.stringify(fields),
          timestamp(createdAt),
        ],
      );
      return { id, mode, holder, createdAt, ...fields, extId: rows[0]?.ext_id ?? '' };
    },
    async remove(id) {
      await db.query('delete from addresses where id = $1', [id]);
    },
    async count(scope) {
      const where = holderConditions(scope, 'a');
      const { rows } = await db.query<{ n: number }>(`select count(*) as n from addresses a ${where.text}`, where.values);
      return rows[0]?.n ?? 0;
    },
    async list(filter, sort, page) {
      const like = (text: string | undefined) => (text === undefined ? undefined : `%${escapeLike(text)}%`);
      const where = holderConditions(filter, 'a')
        .when('a.customer_reference = ?', filter.customerReference)
        .when('a.customer_reference ilike ?', like(filter.customerReferenceContains))
        .when('a.street_address ilike ?', like(filter.streetContains));
      const order = orderBy(sort, SORTED_BY);
      const found = await pageWithTotal<AddressRow>(db, 'addresses a', COLUMNS, where, order, page);
      return { rows: found.rows.map(toAddress), total: found.total };
    },
  };
}
