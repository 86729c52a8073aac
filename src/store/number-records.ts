import type pg from 'pg';
import type { PhoneNumber } from '../domain/number.ts';
import type { Mode, SuspendedBy } from '../domain/records.ts';
import { recordRef } from '../domain/records.ts';
import { numberRecord } from '../domain/render-record.ts';
import { type LimitColumns, limitsOf } from './limit-columns.ts';
import type { Queryable } from './pool.ts';
import type { RenderedRow } from './render-rows.ts';

interface NumberFactsRow extends pg.QueryResultRow, LimitColumns {
  id: string;
  e164: string;
  mode: Mode;
  owner: string;
  sub: string | null;
  lifecycle: PhoneNumber['lifecycle'];
  /** As Postgres prints an array: nearly always `{}`, and then nothing is parsed. */
  suspended: string;
  inbound: boolean;
  outbound: boolean;
  endpoint: string | null;
  trunk_group: string | null;
  version: number;
}

/** Fifteen of thirty columns: a rebuild reads millions of these rows, and reading is most of its work. */
const OWNED_AFTER = `select id, e164, mode, owner_account_id as owner, sub_account_id as sub, lifecycle, suspended_by::text as suspended,
    allow_inbound as inbound, allow_outbound as outbound, endpoint_id as endpoint, trunk_group_id as trunk_group, version,
    max_channels, max_cps, max_call_seconds, minutes_per_day
  from numbers where owner_account_id is not null and id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') order by id limit $2`;

const NOBODY: readonly SuspendedBy[] = [];
const suspenders = (text: string): readonly SuspendedBy[] => (text === '{}' ? NOBODY : (text.slice(1, -1).split(',') as SuspendedBy[]));

/** The records of owned numbers in key order, for a walk over all of them. */
export async function ownedNumberRecordsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly RenderedRow[]> {
  const { rows } = await db.query<NumberFactsRow>(OWNED_AFTER, [after, limit]);
  return rows.map((row) => {
    const record = numberRecord({
      id: row.id,
      e164: row.e164,
      mode: row.mode,
      holder: { ownerAccountId: row.owner, subAccountId: row.sub },
      lifecycle: row.lifecycle,
      suspendedBy: suspenders(row.suspended),
      allowInbound: row.inbound,
      allowOutbound: row.outbound,
      endpointId: row.endpoint,
      trunkGroupId: row.trunk_group,
      ...limitsOf(row),
    });
    return { rowId: row.id, write: { ref: recordRef.number(row.mode, row.e164), version: row.version, record } };
  });
}
