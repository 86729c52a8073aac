import type { Logger } from '../../kit/log.ts';
import type { CallFilter, CallReader, CallRecord } from '../ports/calls.ts';

export interface ExportCallsDeps {
  readonly calls: CallReader;
  readonly log: Logger;
  /** Longest time the whole export may take, ms. */
  readonly msMax: number;
}

const PAGE_ROWS = 500;

/** What an export consists of: calls, page by page, and at last whether that was all of them. */
export type ExportPart = { readonly calls: readonly CallRecord[] } | { readonly incomplete: 'deadline' | 'fault' };

/**
 * All calls of a filter, newest first. Each page is a statement of its own, asked for when the one before has been taken: memory holds
 * one page, a slow client holds up no transaction, and one that goes away ends it. Calls that begin meanwhile are not in it. Ends with
 * `incomplete` when it could not go to the end; never throws.
 */
export async function* exportCalls(filter: CallFilter, { calls, log, msMax }: ExportCallsDeps): AsyncGenerator<ExportPart> {
  const until = performance.now() + msMax;
  for (let last: CallRecord | undefined; ; ) {
    if (performance.now() >= until) {
      yield { incomplete: 'deadline' };
      return;
    }
    const after = last === undefined ? null : { createdAt: last.startedAt, id: last.callId };
    let page: readonly CallRecord[];
    try {
      page = await calls.list(filter, { limit: PAGE_ROWS, after });
    } catch (error) {
      log.error('an export of calls broke off', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      yield { incomplete: 'fault' };
      return;
    }
    if (page.length > 0) yield { calls: page };
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1);
  }
}
