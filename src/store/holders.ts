import type { HolderStore } from '../app/ports/holders.ts';
import type { Queryable } from './pool.ts';

/** The holders of numbers, of one transaction. */
export function holderStore(db: Queryable): HolderStore {
  return {
    async lastCallOfOthers(numberId, subAccountId) {
      const { rows } = await db.query<{ at: number | null }>(
        `select max(last_call_at) as at from number_holders
         where number_id = $1 and to_at is not null and sub_account_id <> $2 and last_call_at >= from_at`,
        [numberId, subAccountId],
      );
      return rows[0]?.at ?? null;
    },
    async numbersOf(subAccountId, countMax) {
      const text = 'select id from numbers where sub_account_id = $1 order by id limit $2';
      return (await db.query<{ id: string }>(text, [subAccountId, countMax])).rows.map(({ id }) => id);
    },
    async since(numberId) {
      const text = 'select from_at as at from number_holders where number_id = $1 and to_at is null';
      return (await db.query<{ at: number }>(text, [numberId])).rows[0]?.at ?? null;
    },
  };
}
