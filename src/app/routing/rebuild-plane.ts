import type { RecordKind } from '../../domain/records.ts';
import type { Logger } from '../../kit/log.ts';
import type { RecordWriter } from '../ports/routing.ts';
import type { Outbox } from '../ports/store.ts';

export interface RebuildDeps {
  readonly outbox: Outbox;
  readonly records: RecordWriter;
  readonly log: Logger;
}

/** Accounts and sources before numbers: a number without its account would refuse calls that an absent number does not. */
const ORDER: readonly RecordKind[] = ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number'];
const PAGE = 500;

/** Writes every record of Postgres into a Redis that has none or not all of them; calls go on meanwhile. Returns how many. */
export async function rebuildPlane(deps: RebuildDeps): Promise<number> {
  const epoch = await deps.outbox.epoch();
  let written = 0;
  for (const kind of ORDER) {
    let after: string | null = null;
    do {
      const page = await deps.outbox.scanRecords(kind, after, PAGE);
      if (page.writes.length > 0) await deps.records.apply(epoch, page.writes);
      written += page.writes.length;
      after = page.next;
    } while (after !== null);
    deps.log.info('routing plane: records written', { kind, written });
  }
  return written;
}
