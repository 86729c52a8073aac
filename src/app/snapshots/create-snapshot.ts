import { holderOf, payerOf } from '../../domain/account.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { SNAPSHOT_PENDING_MS_MAX, type Snapshot } from '../../domain/snapshot.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { accountOf } from '../tenant.ts';
import { orderSnapshotJob } from './order-snapshot-job.ts';
import type { SnapshotKind } from './snapshot-kind.ts';

export interface CreateSnapshotDeps extends ChangeDeps {
  readonly clock: Clock;
  /** Snapshots of a kind that an account and its sub-accounts may have under way together. */
  readonly reportsPendingMax: number;
}

/** Asks for a snapshot of what is the actor's own; a worker writes it. */
export function createSnapshot<Filters, Row, Cursor>(
  kind: SnapshotKind<Snapshot<Filters>, Row, Cursor>,
  deps: CreateSnapshotDeps,
  actor: Actor,
  filters: Filters,
): Promise<Result<Changed<Snapshot<Filters>>, RequestRefusal>> {
  const account = accountOf(actor);
  return change(deps, actor, async (tx) => {
    // Under the lock of who pays for all of them: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const at = deps.clock.now();
    const pending = await kind.store(tx).countPending(payerOf(account), at - SNAPSHOT_PENDING_MS_MAX);
    if (pending >= deps.reportsPendingMax) return err(tooMany(deps.reportsPendingMax, kind.words.many));
    const holder = holderOf(account);
    const same = { expiresAt: null, createdAt: at, updatedAt: at };
    const snapshot: Snapshot<Filters> = { id: newId(), mode: actor.mode, holder, status: 'pending', filters, rowsCount: 0, ...same };
    await kind.store(tx).insert(snapshot);
    await orderSnapshotJob(tx, kind, snapshot, 'write', at);
    await orderSnapshotJob(tx, kind, snapshot, 'expire', at, at + SNAPSHOT_PENDING_MS_MAX);
    const resource = `${kind.code}:${snapshot.id}`;
    await tx.audit({ action: `${kind.code}.create`, resource, accountId: account.id, before: null, after: snapshot });
    return ok(snapshot);
  });
}

const tooMany = (countMax: number, what: string): RequestRefusal => invalidBody([], `You can have at most ${countMax} pending ${what}.`);
