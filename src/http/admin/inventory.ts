import { z } from 'zod';
import { importInventory } from '../../app/inventory/import-inventory.ts';
import { err } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { readRows } from './inventory-rows.ts';
import { readInventoryStream } from './read-inventory-stream.ts';

const reportSchema = z.object({
  created: z.number().int(),
  updated: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), code: z.string(), detail: z.string() })),
});

/** Numbers put up for sale, as JSON, CSV or NDJSON. */
export function inventoryOperations(deps: AdminDeps): AnyOperation[] {
  return [
    operation({
      method: 'POST',
      path: '/inventory',
      operationId: 'importInventory',
      summary: 'Put numbers up for sale; bad rows are reported, good ones go in.',
      tag: 'Inventory',
      changes: true,
      bodyBytesMax: deps.importBytesMax,
      body: z.object({ numbers: z.array(z.unknown()).min(1).max(deps.importRowsMax) }),
      streams: ['text/csv', 'application/x-ndjson'],
      responses: { 200: { description: 'What was created, updated and rejected, by index in the import.', schema: reportSchema } },
      async handle({ actor, body, stream }) {
        const limits = { bytesMax: deps.importBytesMax, rowsMax: deps.importRowsMax };
        const read = stream === null ? readRows(body.numbers) : await readInventoryStream(stream, limits);
        if ('refusal' in read) return err(read.refusal);
        const done = await importInventory(
          deps,
          actor,
          read.rows.map(({ row }) => row),
        );
        return answerChange(done, {
          status: 200,
          body: ({ created, updated, rejected }) => ({
            created,
            updated,
            rejected: [
              ...read.bad,
              ...rejected.map(({ index, code, detail }) => ({ index: read.rows[index]?.index ?? index, code, detail })),
            ].toSorted((a, b) => a.index - b.index),
          }),
        });
      },
    }),
  ];
}
