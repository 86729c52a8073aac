import { z } from 'zod';
import { scopeOf } from '../../app/orders/own-order.ts';
import type { DocumentLink } from '../../app/ports/regulation.ts';
import type { UnitOfWork } from '../../app/ports/store.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText, uuidField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, pageFields } from './page.ts';

const KINDS = { requirement_group: 'requirement_group', number_order_phone_number: 'order_item' } as const;
const WIRE_KINDS = Object.keys(KINDS) as (keyof typeof KINDS)[];

const linkSchema = z.object({
  id: z.string(),
  record_type: z.literal('document_link'),
  document_id: z.string(),
  linked_record_type: z.enum(WIRE_KINDS),
  linked_resource_id: z.string(),
  created_at: z.string(),
});

const presentLink = ({ documentId, kind, resourceId, createdAt }: DocumentLink) => ({
  // Nothing of its own: a link is the value that names the document.
  id: `${documentId}:${resourceId}`,
  record_type: 'document_link',
  document_id: documentId,
  linked_record_type: WIRE_KINDS.find((word) => KINDS[word] === kind),
  linked_resource_id: resourceId,
  created_at: timeText(createdAt),
});

/** What refers to the account's documents. */
export const documentLinkOperations = (deps: { readonly unitOfWork: UnitOfWork }): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/document_links',
    operationId: 'listDocumentLinks',
    summary: 'List all document links',
    tag: 'Documents',
    query: listQuery({
      ...pageFields(),
      'filter[linked_record_type]': enumText(WIRE_KINDS).optional(),
      'filter[linked_resource_id]': uuidField().optional(),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of links.', schema: listSchema(linkSchema) } },
    async handle({ actor, query }) {
      const kind = query['filter[linked_record_type]'];
      const filter = {
        ...given('kind', kind === undefined ? undefined : KINDS[kind]),
        ...given('resourceId', query['filter[linked_resource_id]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.documents.links(scopeOf(actor), filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentLink), meta: metaOf(query, total) } });
    },
  }),
];
