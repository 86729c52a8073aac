import type { LimitReader } from '../app/ports/limits.ts';
import { type LeaseScopeKind, UNLIMITED } from '../domain/lease.ts';
import { isUuid } from '../kit/ids.ts';
import { type LimitColumns, limitsOf } from './limit-columns.ts';
import type { Queryable } from './pool.ts';

interface LimitRow extends LimitColumns {
  readonly account_id: string | null;
}

const SELECT: Record<LeaseScopeKind, string> = {
  number: 'select max_channels, max_cps, max_call_seconds, minutes_per_day, owner_account_id as account_id from numbers where id = $1',
  account: 'select max_channels, max_cps, max_call_seconds, minutes_per_day, id as account_id from accounts where id = $1',
  trunk_group: 'select max_channels, max_cps, max_call_seconds, minutes_per_day, account_id from trunk_groups where id = $1',
  outbound_profile: 'select max_channels, max_cps, account_id from outbound_profiles where id = $1',
  gateway: `select w.max_channels, w.max_cps, w.max_call_seconds, g.account_id from gateways w join trunk_groups g on g.id = w.trunk_group_id
    where w.id = $1`,
};

/** Builds the reader of limits. */
export const postgresLimits = (db: Queryable): LimitReader => ({
  async of({ kind, id }) {
    if (!isUuid(id)) return null;
    const [row] = (await db.query<LimitRow>(SELECT[kind], [id])).rows;
    if (row === undefined) return null;
    return { limits: limitsOf(row).limits ?? UNLIMITED, accountId: row.account_id };
  },
});
