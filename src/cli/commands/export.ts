import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { AdminClient } from '../../client/admin-client.ts';
import { CALL_OPTIONS, callQuery } from '../call-query.ts';
import type { Command } from '../command.ts';
import { csvLine } from '../csv-line.ts';
import type { Given } from '../given.ts';
import { safeJson } from '../printable.ts';
import { UsageError } from '../usage-error.ts';

const PAGE = 500;

const SOURCES: Readonly<Record<string, (admin: AdminClient, given: Given) => AsyncIterable<object>>> = {
  numbers: ({ numbers }, given) => numbers.iterateNumbers({ limit: PAGE, account_id: given.text('account') }),
  calls: ({ calls }, given) => calls.iterateCalls({ limit: PAGE, ...callQuery(given) }),
  accounts: ({ accounts }) => accounts.iterateAccounts({ limit: PAGE }),
  trunks: ({ trunkGroups }) => trunkGroups.iterateTrunkGroups({ limit: PAGE }),
  audit: ({ audit }) => audit.iterateAudit({ limit: PAGE }),
};

/** `dialplane export`: all rows of something, page after page. */
export const exportCommand: Command = {
  about: 'Writes all numbers, calls, accounts, trunks or audit rows to a file.',
  actions: {
    '': {
      about: `One of ${Object.keys(SOURCES).join(', ')}, as --format csv (safe for spreadsheets) or ndjson, to --out or standard output.`,
      args: ['<what>'],
      options: { format: { type: 'string' }, out: { type: 'string' }, ...CALL_OPTIONS },
      async run({ given, output, admin }) {
        const what = given.arg(0);
        const source = Object.hasOwn(SOURCES, what) ? SOURCES[what] : undefined;
        if (source === undefined) throw new UsageError(`export: one of ${Object.keys(SOURCES).join(', ')}`);
        const format = given.choice('format', ['csv', 'ndjson']) ?? (output.json ? 'ndjson' : 'csv');
        const rows = source(admin(), given);
        const path = given.text('out');
        const file = path === undefined ? null : await openFile(path);
        const write = file === null ? output.raw : file.write;
        let columns: string[] | undefined;
        let count = 0;
        for await (const row of rows) {
          if (format === 'csv' && columns === undefined) {
            columns = Object.keys(row);
            await write(csvLine(columns));
          }
          const record = row as Record<string, unknown>;
          await write(format === 'csv' ? csvLine((columns ?? []).map((name) => record[name])) : `${safeJson(row)}\n`);
          count += 1;
          if (count % PAGE === 0) output.progress(`${count} rows`);
        }
        if (file === null) return;
        await file.end();
        output.progress(`${count} rows in ${path}`, true);
        if (output.json) await output.one({ rows: count, file: path });
      },
    },
  },
};

/** A file that only we may read: it holds what customers did. */
async function openFile(path: string): Promise<{ write: (text: string) => Promise<void>; end: () => Promise<void> }> {
  const stream = createWriteStream(path, { mode: 0o600 });
  await once(stream, 'open').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be written (${error.code})`);
  });
  // A full disk is told by the next write.
  stream.on('error', () => {});
  return {
    async write(text) {
      if (stream.errored) throw stream.errored;
      if (!stream.write(text)) await once(stream, 'drain');
    },
    async end() {
      stream.end();
      await finished(stream);
    },
  };
}
