import type { EventStore, TrunkGroupHistory } from '../app/ports/jobs.ts';
import { newId } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** The events of one transaction. */
export const eventStore = (db: Queryable): EventStore => ({
  async append({ key, type, accountId, mode, resource, payload, at }) {
    await db.query(
      `insert into events (id, key, type, account_id, mode, resource, payload, at) values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (key) do nothing`,
      [newId(), key, type, accountId, mode, resource, JSON.stringify(payload), timestamp(at)],
    );
  },
});

/** The trunk groups that numbers left, in one transaction. */
export const trunkGroupHistory = (db: Queryable): TrunkGroupHistory => ({
  async left({ numberId, trunkGroupId, epoch, at }) {
    await db.query('insert into number_trunk_groups (number_id, epoch, trunk_group_id, left_at) values ($1, $2, $3, $4)', [
      numberId,
      epoch,
      trunkGroupId,
      timestamp(at),
    ]);
  },
});
