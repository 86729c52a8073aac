import type { OrderScope } from '../app/ports/orders.ts';
import type { DocumentLink } from '../app/ports/regulation.ts';
import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import { isUuid } from '../kit/ids.ts';
import { pageWithTotal } from './counted-page.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { Where } from './where.ts';

interface LinkRow {
  document_id: string;
  kind: DocumentLink['kind'];
  resource_id: string;
  created_at: number;
}

/** A page of what refers to the holder's documents. */
export async function listDocumentLinks(
  db: Queryable,
  scope: OrderScope,
  filter: { readonly kind?: DocumentLink['kind']; readonly resourceId?: string },
  page: OffsetRequest,
): Promise<OffsetPage<DocumentLink>> {
  const { resourceId } = filter;
  if (resourceId !== undefined && !isUuid(resourceId)) return { rows: [], total: 0 };
  const where = new Where().when('l.kind = ?', filter.kind).when('l.resource_id = ?', resourceId);
  const own = holderConditions(scope, 'd');
  // The holder's values come after the filter's.
  const shift = where.values.length;
  const conditions = own.text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${Number(place) + shift}`);
  where.values.push(...own.values);
  const from = `(
    select d.id as document_id, 'requirement_group' as kind, v.group_id as resource_id, v.updated_at as created_at, v.group_id as id
      from documents d join requirement_group_values v on v.value = d.id::text and v.field_type = 'document' ${conditions}
    union all
    select d.id, 'order_item', v.item_id, o.updated_at, v.item_id
      from documents d join requirement_values v on v.value = d.id::text and v.field_type = 'document'
      join order_items i on i.id = v.item_id and i.status in ('pending', 'success') join number_orders o on o.id = i.order_id ${conditions}
  ) l`;
  const columns = 'l.document_id, l.kind, l.resource_id, l.created_at';
  const found = await pageWithTotal<LinkRow>(db, from, columns, where, 'l.created_at desc, l.id desc', page);
  const rows = found.rows.map((row) => ({
    documentId: row.document_id,
    kind: row.kind,
    resourceId: row.resource_id,
    createdAt: row.created_at,
  }));
  return { rows, total: found.total };
}
