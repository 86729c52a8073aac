import { z } from 'zod';
import { importInventory } from '../../app/inventory/import-inventory.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { readRows } from './inventory-rows.ts';
import { readInventoryStream } from './read-inventory-stream.ts';

/** JSON is read whole and parsed at once; larger imports come as CSV or NDJSON. */
const JSON_BYTES_MAX = 16 * 1024 * 1024;

const reportSchema = z.object({
  created: z.number().int(),
  updated: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), code: z.string(), detail: z.string() })),
});

/** Numbers put up for sale, as JSON, CSV or NDJSON. */
export const inventoryOperations = (deps: AdminDeps): AnyOperation[] => [importInventoryOperation(deps)];

const importInventoryOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/inventory',
    operationId: 'importInventory',
    summary: 'Put numbers up for sale; bad rows are reported, good ones go in.',
    tag: 'Inventory',
    changes: true,
    bodyBytesMax: Math.min(deps.importBytesMax, JSON_BYTES_MAX),
    body: z.object({ numbers: z.array(z.unknown()).min(1).max(deps.importRowsMax) }),
    streams: ['text/csv', 'application/x-ndjson'],
    responses: { 200: { description: 'What was created, updated and rejected, by index in the import.', schema: reportSchema } },
    async handle({ actor, body, stream }) {
      const limits = { bytesMax: deps.importBytesMax, rowsMax: deps.importRowsMax };
      const raw = stream === null ? ok(body.numbers.map((value) => ({ value }))) : await readInventoryStream(stream, limits);
      if (!raw.ok) return raw;
      const read = await readRows(raw.value);
      const rows = read.rows.map(({ row }) => row);
      return answerChangeOnce(actor, () => importInventory(deps, actor, rows), {
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
  });
