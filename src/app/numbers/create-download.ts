import { holderOf, payerOf } from '../../domain/account.ts';
import { DOWNLOAD_PENDING_MS_MAX, type DownloadFilters, type NumberDownload } from '../../domain/number-download.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { accountOf } from '../tenant.ts';
import { orderDownloadEnd } from './download-end.ts';

export interface CreateDownloadDeps extends ChangeDeps {
  readonly clock: Clock;
  /** Downloads that an account and its sub-accounts may have under way together. */
  readonly reportsPendingMax: number;
}

/** Asks for a list of the actor's own numbers; a worker writes it. */
export function createDownload(
  deps: CreateDownloadDeps,
  actor: Actor,
  filters: DownloadFilters,
): Promise<Result<Changed<NumberDownload>, RequestRefusal>> {
  const account = accountOf(actor);
  return change(deps, actor, async (tx) => {
    // Under the lock of who pays for all of them: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const at = deps.clock.now();
    const pending = await tx.numberDownloads.countPending(payerOf(account), at - DOWNLOAD_PENDING_MS_MAX);
    if (pending >= deps.reportsPendingMax) return err(tooMany(deps.reportsPendingMax));
    const holder = holderOf(account);
    const same = { expiresAt: null, createdAt: at, updatedAt: at };
    const download: NumberDownload = { id: newId(), mode: actor.mode, holder, status: 'pending', filters, rowsCount: 0, ...same };
    await tx.numberDownloads.insert(download);
    await tx.jobs.enqueue({
      queue: 'reports',
      key: `${download.id}:write`,
      payload: { downloadId: download.id, step: 'write' },
      dueAt: at,
      accountId: account.id,
      numberId: null,
      at,
    });
    await orderDownloadEnd(tx, download, at + DOWNLOAD_PENDING_MS_MAX, at);
    await tx.audit({
      action: 'number_download.create',
      resource: `number_download:${download.id}`,
      accountId: account.id,
      before: null,
      after: download,
    });
    return ok(download);
  });
}

const tooMany = (countMax: number): RequestRefusal => invalidBody([], `You can have at most ${countMax} pending CSV downloads.`);
