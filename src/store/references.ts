import type { ReferenceStore } from '../app/ports/regulation.ts';
import { referenceOf } from '../domain/requirement.ts';
import { isUuid } from '../kit/ids.ts';
import { isExtId } from './ext-id.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** Addresses and documents as values name them, in one transaction. */
export const referenceStore = (db: Queryable): ReferenceStore => ({
  async take(scope, ids, at, unlinkedSince) {
    const found = new Set<string>();
    const addressIds = ids.filter(isExtId);
    if (addressIds.length > 0) {
      const where = holderConditions(scope, 'a').and('a.ext_id = any(?::bigint[])', addressIds);
      const text = `select a.ext_id::text as id from addresses a ${where.text} order by a.id for share`;
      for (const { id } of (await db.query<{ id: string }>(text, where.values)).rows) found.add(referenceOf('address', id));
    }
    const documentIds = ids.filter(isUuid).map((id) => id.toLowerCase());
    if (documentIds.length > 0) {
      const where = holderConditions(scope, 'd')
        .and('d.id = any(?::uuid[])', documentIds)
        .and('(d.linked_at is not null or d.created_at > ?)', timestamp(unlinkedSince));
      const locked = await db.query<{ id: string }>(
        `select d.id from documents d ${where.text} order by d.id for no key update`,
        where.values,
      );
      const lockedIds = locked.rows.map(({ id }) => id);
      await db.query('update documents set linked_at = $2 where id = any($1::uuid[]) and linked_at is null', [lockedIds, timestamp(at)]);
      for (const id of lockedIds) found.add(referenceOf('document', id));
    }
    return found;
  },
  async countUsing(fieldType, id) {
    const { rows } = await db.query<{ n: number }>(
      // What ended without success needs its proofs no more.
      `select (select count(*) from requirement_values v join order_items i on i.id = v.item_id and i.status in ('pending', 'success')
               where v.value = $2 and v.field_type = $1 and v.field_type in ('address', 'document'))
            + (select count(*) from requirement_group_values where value = $2 and field_type = $1 and field_type in ('address', 'document'))
         as n`,
      [fieldType, id],
    );
    return rows[0]?.n ?? 0;
  },
});
