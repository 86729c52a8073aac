import type { ImportInventoryAnswer } from '../../client/admin/inventory-wire.ts';
import type { Command } from '../command.ts';
import { csvBatches } from '../csv-batches.ts';
import { FailedCheck } from '../failed-check.ts';
import { ndjsonBatches } from '../ndjson-batches.ts';
import { tableText } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const BATCH_ROWS = 5000;
/** Refused rows that are told of one by one; all are counted. */
const REJECTED_MAX = 1000;

type Rejected = ImportInventoryAnswer['rejected'][number];

/** `dialplane import`: stock from a CSV or NDJSON file of any length. */
export const importCommand: Command = {
  about: 'Puts numbers up for sale from a CSV or NDJSON file of any length.',
  actions: {
    '': {
      about:
        'Imports CSV whose first line names the columns, or NDJSON (by its ending or --format; - is standard input). Again does no harm.',
      args: ['<file>'],
      options: { batch: { type: 'string' }, format: { type: 'string' } },
      async run({ given, output, admin }) {
        const batch = given.integer('batch') ?? BATCH_ROWS;
        if (batch < 1 || batch > 100_000) throw new UsageError('--batch is 1 to 100000 rows');
        const { inventory } = admin();
        const rejected: Rejected[] = [];
        const count = { rows: 0, created: 0, updated: 0, rejected: 0 };
        const said = (): string => `${count.rows} rows: ${count.created} new, ${count.updated} changed, ${count.rejected} refused`;
        const { batches, mediaType } = FORMATS[given.choice('format', ['csv', 'ndjson']) ?? formatOf(given.arg(0))];
        for await (const { text, rows } of batches(given.arg(0), batch)) {
          const done = await inventory.importInventory({ mediaType, content: text });
          const room = REJECTED_MAX - rejected.length;
          rejected.push(...done.rejected.slice(0, room).map((row) => ({ ...row, index: count.rows + row.index })));
          count.rows += rows;
          count.created += done.created;
          count.updated += done.updated;
          count.rejected += done.rejected.length;
          output.progress(said());
        }
        output.progress(said(), true);
        await output.told({ ...count, rejected_rows: rejected }, rejected.length === 0 ? '' : rejectedText(rejected));
        if (count.rejected > 0) throw new FailedCheck();
      },
    },
  },
};

const FORMATS = {
  csv: { batches: csvBatches, mediaType: 'text/csv' },
  ndjson: { batches: ndjsonBatches, mediaType: 'application/x-ndjson' },
} as const;

/** What a file is by its ending. */
const formatOf = (path: string): keyof typeof FORMATS => (/\.(ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'csv');

/** Rows are counted from 1 below the header for people, from 0 for machines. */
const rejectedText = (rejected: readonly Rejected[]): string =>
  tableText(
    rejected.map(({ index, code, detail }) => ({ row: index + 1, code, detail })),
    ['row', 'code', 'detail'],
    true,
  );
