import type { RecordWrite } from '../app/ports/routing.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type RecordKind, type RecordRef, recordRef } from '../domain/records.ts';
import {
  accountRecord,
  credentialRecord,
  endpointRecord,
  numberRecord,
  routeSetRecord,
  sourceRecord,
  trunkGroupRecord,
} from '../domain/render-record.ts';
import type { TrunkGroup } from '../domain/trunk-group.ts';
import { accountsAfter, accountsByIds } from './accounts.ts';
import { credentialsAfter, credentialsByIds } from './credentials.ts';
import { endpointsAfter, endpointsByIds } from './endpoints.ts';
import { ownedNumberRecordsAfter } from './number-records.ts';
import { numbersByIds } from './numbers.ts';
import type { Queryable } from './pool.ts';
import { routeSetsAfter, routeSetsByIds, type StoredRouteSet } from './route-sets.ts';
import { trunkGroupsAfter, trunkGroupsByIds } from './trunk-groups.ts';

/** A current record with the primary key of its row. */
export interface RenderedRow {
  readonly rowId: string;
  readonly write: RecordWrite;
}

/** How the rows of one kind are read and what Redis must hold for each: render(row) of invariant 2. */
interface Renderer {
  byIds(db: Queryable, ids: readonly string[]): Promise<readonly RenderedRow[]>;
  after(db: Queryable, after: string | null, limit: number): Promise<readonly RenderedRow[]>;
}

function renderer<R extends { readonly id: string }>(
  byIds: (db: Queryable, ids: readonly string[]) => Promise<readonly R[]>,
  after: (db: Queryable, after: string | null, limit: number) => Promise<readonly R[]>,
  write: (row: R) => RecordWrite,
): Renderer {
  const render = (rows: readonly R[]): readonly RenderedRow[] => rows.map((row) => ({ rowId: row.id, write: write(row) }));
  return {
    byIds: async (db, ids) => render(await byIds(db, ids)),
    after: async (db, from, limit) => render(await after(db, from, limit)),
  };
}

const RENDERERS: Readonly<Record<RecordKind, Renderer>> = {
  number: {
    async byIds(db, ids) {
      const numbers = await numbersByIds(db, ids);
      return numbers.map((number) => ({
        rowId: number.id,
        write: { ref: recordRef.number(number.mode, number.e164), version: number.version, record: numberRecord(number) },
      }));
    },
    after: ownedNumberRecordsAfter,
  },
  endpoint: renderer(endpointsByIds, endpointsAfter, (endpoint: Endpoint) => ({
    ref: recordRef.endpoint(endpoint.id),
    version: endpoint.version,
    record: endpointRecord(endpoint),
  })),
  trunk_group: renderer(trunkGroupsByIds, trunkGroupsAfter, (group: TrunkGroup) => ({
    ref: recordRef.trunkGroup(group.id),
    version: group.version,
    record: trunkGroupRecord(group),
  })),
  source: renderer(trunkGroupsByIds, trunkGroupsAfter, (group: TrunkGroup) => ({
    ref: recordRef.source(group.id),
    version: group.sourceVersion,
    record: sourceRecord(group),
  })),
  credential: renderer(credentialsByIds, credentialsAfter, (credential) => ({
    ref: recordRef.credential(credential.realm, credential.username),
    version: credential.version,
    record: credentialRecord(credential),
  })),
  account: renderer(accountsByIds, accountsAfter, (account) => ({
    ref: recordRef.account(account.id),
    version: account.version,
    record: accountRecord(account),
  })),
  route_set: renderer(routeSetsByIds, routeSetsAfter, (set: StoredRouteSet) => ({
    ref: recordRef.routeSet(set.id),
    version: set.version,
    record: routeSetRecord(set.id, set.routes, set.destinations),
  })),
};

/** True for a kind of record that exists. */
export const isRecordKind = (kind: string): kind is RecordKind => Object.hasOwn(RENDERERS, kind);

/** The records of these rows as they are now, by reference; rows that are gone are absent. */
export async function renderByIds(
  db: Queryable,
  kind: RecordKind,
  rowIds: readonly string[],
): Promise<ReadonlyMap<RecordRef, RecordWrite>> {
  return new Map((await renderRowsByIds(db, kind, rowIds)).map(({ write }) => [write.ref, write]));
}

/** The same with their rows. */
export const renderRowsByIds = (db: Queryable, kind: RecordKind, rowIds: readonly string[]): Promise<readonly RenderedRow[]> =>
  RENDERERS[kind].byIds(db, rowIds);

/** A page of current records with their rows, in the order of the rows' keys. */
export function scanRows(db: Queryable, kind: string, after: string | null, limit: number): Promise<readonly RenderedRow[]> {
  if (!isRecordKind(kind)) throw new RangeError(`no records of kind ${kind}`);
  return RENDERERS[kind].after(db, after, limit);
}

/** The same without rows, and where the next page starts. */
export async function scanRecords(
  db: Queryable,
  kind: string,
  after: string | null,
  limit: number,
): Promise<{ readonly writes: readonly RecordWrite[]; readonly next: string | null }> {
  const rendered = await scanRows(db, kind, after, limit);
  const next = rendered.length < limit ? null : (rendered.at(-1)?.rowId ?? null);
  return { writes: rendered.map(({ write }) => write), next };
}
