import { createHash } from 'node:crypto';
import type { IdempotencySlot, IdempotencyStore, IdempotencySweeper } from '../app/idempotency/idempotency-store.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** Kept answers in one transaction. */
export function idempotencyStore(db: Queryable): IdempotencyStore {
  return {
    async claim(slot) {
      // The lock is the transaction's: commit, rollback, a dead process and a lost connection all end it (decision B14).
      const { rows } = await db.query<{ claimed: boolean }>('select pg_try_advisory_xact_lock($1::bigint) as claimed', [lockOf(slot)]);
      return rows[0]?.claimed === true;
    },
    async find({ scope, mode, key }, at) {
      const { rows } = await db.query<{ fingerprint: Buffer; sealed_answer: string }>(
        'select fingerprint, sealed_answer from idempotency where scope = $1 and mode = $2 and key = $3 and expires_at > $4',
        [scope, mode, key, timestamp(at)],
      );
      const [row] = rows;
      return row === undefined ? null : { fingerprint: row.fingerprint, sealedAnswer: row.sealed_answer };
    },
    async keep({ scope, mode, key }, { fingerprint, sealedAnswer }, at, expiresAt) {
      const { rowCount } = await db.query(
        `insert into idempotency as kept (scope, mode, key, fingerprint, sealed_answer, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (scope, mode, key) do update set fingerprint = excluded.fingerprint, sealed_answer = excluded.sealed_answer,
           created_at = excluded.created_at, expires_at = excluded.expires_at
         where kept.expires_at <= excluded.created_at`,
        [scope, mode, key, fingerprint, sealedAnswer, timestamp(at), timestamp(expiresAt)],
      );
      if (rowCount !== 1) throw new Error('an answer is kept for this idempotency key already');
    },
  };
}

/** 64 bits of the slot. Two slots that share them queue for nothing, and no more. */
function lockOf({ scope, mode, key }: IdempotencySlot): string {
  return createHash('sha256').update(`idempotency\n${scope}\n${mode}\n${key}`).digest().readBigInt64BE().toString();
}

/** Deletes kept answers by their end, a bounded number at a time. */
export function idempotencySweeper(db: Queryable): IdempotencySweeper {
  return {
    async sweep(at, countMax) {
      const { rowCount } = await db.query(
        `delete from idempotency where (scope, mode, key) in (
           select scope, mode, key from idempotency where expires_at <= $1 order by expires_at limit $2 for update skip locked)`,
        [timestamp(at), countMax],
      );
      return rowCount ?? 0;
    },
  };
}
