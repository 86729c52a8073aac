import type { RecordReader } from '../app/ports/routing.ts';
import { kindOf, type RecordKind, type RecordRef, recordRef, type SourceRecord, type Versioned } from '../domain/records.ts';
import { routeSetRecord } from '../domain/render-record.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { isRecordKind, renderByIds, scanRows } from './render-rows.ts';
import { routeSetsMatching } from './route-sets.ts';

const SOURCES_AT_ONCE = 1000;
const SHORT_MAX = 6;
const GONE: Versioned = { version: 0, record: null };

/**
 * Reads records from their rows as one transaction sees them, its own changes included: the plane as it would be. Of route sets only
 * what could match one of `called` is read; a rate deck has a hundred thousand rows.
 */
export function recordFacts(db: Queryable, called: readonly string[]): RecordReader {
  const prefixes = prefixesOf(called);
  return {
    async read(refs) {
      const byKind = new Map<RecordKind, RecordRef[]>();
      for (const ref of refs) {
        const kind = kindOf(ref);
        if (isRecordKind(kind)) byKind.set(kind, [...(byKind.get(kind) ?? []), ref]);
      }
      const found = new Map<RecordRef, Versioned>(refs.map((ref) => [ref, GONE]));
      for (const [kind, some] of byKind) {
        for (const [ref, versioned] of await readKind(db, kind, some, prefixes)) found.set(ref, versioned);
      }
      return found;
    },
    async readSources() {
      const records: SourceRecord[] = [];
      for (let after: string | null = null; ; ) {
        const rows = await scanRows(db, 'source', after, SOURCES_AT_ONCE);
        for (const { write } of rows) if (write.record?.kind === 'source') records.push(write.record);
        after = rows.at(-1)?.rowId ?? null;
        if (rows.length < SOURCES_AT_ONCE) return { version: 0, records };
      }
    },
  };
}

/** Every prefix that a route of one of these numbers may have. */
function prefixesOf(called: readonly string[]): readonly string[] {
  const prefixes = new Set<string>(['']);
  for (const text of called) {
    const digits = text.startsWith('+') ? text.slice(1) : text;
    prefixes.add(`=${digits}`);
    // A short code is also the beginning of what a national number may turn into; it costs next to nothing.
    for (let length = 1; length <= digits.length; length += 1) prefixes.add(digits.slice(0, length));
    if (digits.length <= SHORT_MAX) prefixes.add(digits);
  }
  return [...prefixes];
}

async function readKind(
  db: Queryable,
  kind: RecordKind,
  refs: readonly RecordRef[],
  prefixes: readonly string[],
): Promise<ReadonlyMap<RecordRef, Versioned>> {
  const names = refs.map((ref) => ref.slice(kind.length + 1));
  if (kind === 'route_set') {
    const sets = await routeSetsMatching(db, names, prefixes);
    return new Map(
      sets.map((set) => [
        recordRef.routeSet(set.id),
        { version: set.version, record: routeSetRecord(set.id, set.routes, set.destinations) },
      ]),
    );
  }
  const ids =
    kind === 'number' ? await numberIds(db, names) : kind === 'credential' ? await credentialIds(db, names) : names.filter(isUuid);
  if (ids.length === 0) return new Map();
  return await renderByIds(db, kind, ids);
}

async function numberIds(db: Queryable, names: readonly string[]): Promise<readonly string[]> {
  const cut = names.map((name) => [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)]);
  const { rows } = await db.query<{ id: string }>(
    'select n.id from unnest($1::text[], $2::text[]) as w (mode, e164) join numbers n on n.mode = w.mode and n.e164 = w.e164',
    [cut.map(([mode]) => mode), cut.map(([, e164]) => e164)],
  );
  return rows.map(({ id }) => id);
}

async function credentialIds(db: Queryable, names: readonly string[]): Promise<readonly string[]> {
  // A colon is a character of realms and of usernames: every place it may be cut at is one to look for.
  const cuts = names.flatMap((name) => [...name.matchAll(/:/g)].map(({ index }) => [name.slice(0, index), name.slice(index + 1)]));
  const { rows } = await db.query<{ id: string }>(
    `select id from sip_credentials where (lower(realm), lower(username)) in (select * from unnest($1::text[], $2::text[]))`,
    [cuts.map(([realm]) => realm), cuts.map(([, username]) => username)],
  );
  return rows.map(({ id }) => id);
}
