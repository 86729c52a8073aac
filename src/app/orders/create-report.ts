import { holderOf, payerOf } from '../../domain/account.ts';
import { type OrderReport, REPORT_PENDING_MS_MAX, type ReportFilters } from '../../domain/order-report.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { accountOf } from '../tenant.ts';
import { orderReportEnd } from './order-report-end.ts';

export interface CreateReportDeps extends ChangeDeps {
  readonly clock: Clock;
  /** Reports that an account and its sub-accounts may have under way together. */
  readonly reportsPendingMax: number;
}

/** Asks for a report of the actor's own sub-orders; a worker writes it. */
export function createReport(
  deps: CreateReportDeps,
  actor: Actor,
  filters: ReportFilters,
): Promise<Result<Changed<OrderReport>, RequestRefusal>> {
  const account = accountOf(actor);
  return change(deps, actor, async (tx) => {
    // Under the lock of who pays for all of them: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const at = deps.clock.now();
    const pending = await tx.reports.countPending(payerOf(account), at - REPORT_PENDING_MS_MAX);
    if (pending >= deps.reportsPendingMax) return err(tooMany(deps.reportsPendingMax));
    const holder = holderOf(account);
    const same = { expiresAt: null, createdAt: at, updatedAt: at };
    const report: OrderReport = { id: newId(), mode: actor.mode, holder, status: 'pending', filters, rowsCount: 0, ...same };
    await tx.reports.insert(report);
    await tx.jobs.enqueue({
      queue: 'reports',
      key: `${report.id}:write`,
      payload: { reportId: report.id, step: 'write' },
      dueAt: at,
      accountId: account.id,
      numberId: null,
      at,
    });
    await orderReportEnd(tx, report, at + REPORT_PENDING_MS_MAX, at);
    await tx.audit({ action: 'report.create', resource: `report:${report.id}`, accountId: account.id, before: null, after: report });
    return ok(report);
  });
}

const tooMany = (countMax: number): RequestRefusal => invalidBody([], `You can have at most ${countMax} pending reports.`);
