import { z } from 'zod';
import { exportCalls } from '../../app/calls/export-calls.ts';
import type { CallFilter, CallRecord } from '../../app/ports/calls.ts';
import { ok } from '../../kit/result.ts';
import { csvLine } from '../csv.ts';
import { type AnyOperation, BrokenOff, operation } from '../operation.ts';
import type { AdminDeps } from './admin-deps.ts';
import { callFilterFields, callFilterOf } from './call-query.ts';
import { presentCall } from './present-call.ts';

/** The columns of a CSV export, in order; new ones come at the end. */
const COLUMNS = [
  'call_id',
  'direction',
  'mode',
  'plane_mode',
  'from',
  'to',
  'number_id',
  'account_id',
  'sub_account_id',
  'source',
  'agent_id',
  'started_at',
  'answered_at',
  'ended_at',
  'post_dial_delay_ms',
  'duration_ms',
  'outcome',
  'sip_status',
  'refusal_code',
  'ended_by',
  'sip_call_id',
] as const;
/** Of the last attempt, how many there were, and `record=version` of what decided, apart by spaces. */
const MORE_COLUMNS = ['attempts', 'trunk_group_id', 'gateway', 'versions'] as const;

interface Format {
  readonly mediaType: string;
  readonly head: string;
  row(call: CallRecord): string;
  /** The last line of an export that is not whole. */
  incomplete(reason: string): string;
}

const csv: Format = {
  mediaType: 'text/csv; charset=utf-8; header=present',
  head: csvLine([...COLUMNS, ...MORE_COLUMNS]),
  row(call) {
    const shown = presentCall(call);
    const last = shown.attempts.at(-1);
    const versions = shown.versions.map(({ record, version }) => `${record}=${version}`).join(' ');
    const more = [shown.attempts.length, last?.trunk_group_id ?? null, last?.gateway ?? null, versions];
    return csvLine([...COLUMNS.map((column) => shown[column]), ...more]);
  },
  incomplete: (reason) => csvLine(['#error', 'export_incomplete', reason]),
};

const ndjson: Format = {
  mediaType: 'application/x-ndjson',
  head: '',
  row: (call) => `${JSON.stringify(presentCall(call))}\n`,
  incomplete: (reason) => `${JSON.stringify({ error: { code: 'export_incomplete', reason } })}\n`,
};

/** Ends by throwing where it is not whole, so that the transfer is cut off behind the line that says so. */
async function* textOf(format: Format, filter: CallFilter, deps: AdminDeps): AsyncGenerator<string> {
  if (format.head !== '') yield format.head;
  for await (const part of exportCalls(filter, { calls: deps.calls, log: deps.log, msMax: deps.exportMsMax })) {
    if ('incomplete' in part) {
      yield format.incomplete(part.incomplete);
      throw new BrokenOff(part.incomplete);
    }
    yield part.calls.map(format.row).join('');
  }
}

/** All calls of a filter as one file. */
export const exportCallsOperation = (deps: AdminDeps): AnyOperation =>
  operation({
    method: 'GET',
    path: '/calls/export',
    operationId: 'exportCalls',
    summary: 'Export calls as CSV or NDJSON, newest first; a last line `export_incomplete` says that it broke off.',
    tag: 'Calls',
    query: z.object({ ...callFilterFields, format: z.enum(['csv', 'ndjson']).default('csv') }),
    responses: { 200: { description: 'A line a call: `text/csv` with a header, or `application/x-ndjson` with the shape of getCall.' } },
    async handle({ query: { format: name, ...query } }) {
      const format = name === 'csv' ? csv : ndjson;
      const headers = { 'Content-Type': format.mediaType, 'Content-Disposition': `attachment; filename="calls.${name}"` };
      return ok({ status: 200, headers, chunks: { from: textOf(format, callFilterOf(query), deps), msMax: deps.exportMsMax } });
    },
  });
