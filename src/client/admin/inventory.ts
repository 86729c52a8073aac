// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import type { CallOptions, RawBody, Send } from '../send.ts';
import type { ImportInventoryAnswer, ImportInventoryBody, ImportInventoryQuery } from './inventory-wire.ts';

/** Inventory: one method an operation. */
export const inventoryApi = (send: Send) => ({
  /** Put numbers up for sale; bad rows are reported, good ones go in. */
  importInventory: (body: ImportInventoryBody | RawBody, query: ImportInventoryQuery = {}, options?: CallOptions) =>
    send<ImportInventoryAnswer>(
      {
        method: 'POST',
        path: '/admin/v1/inventory',
        query,
        ...('mediaType' in body ? { raw: body as RawBody } : { json: body }),
        answer: 'json',
      },
      options,
    ),
});
