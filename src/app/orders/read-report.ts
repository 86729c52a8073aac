import { type OrderReport, type ReportRow, reportStatusOf } from '../../domain/order-report.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import { isOwnOrder } from './own-order.ts';

export interface ReadReportDeps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

/** Reads a report of the actor's; a foreign one does not exist (invariant 11). */
export async function findReport({ unitOfWork }: ReadReportDeps, actor: Actor, id: string): Promise<Result<OrderReport, RequestRefusal>> {
  const report = await unitOfWork.read((tx) => tx.reports.get(id));
  return report !== null && isOwnOrder(actor, report) ? ok(report) : err({ kind: 'not_found', resource: 'report' });
}

/** The same for its rows: refused while it is not written, and once it has expired. */
export async function findWrittenReport(deps: ReadReportDeps, actor: Actor, id: string): Promise<Result<OrderReport, RequestRefusal>> {
  const found = await findReport(deps, actor, id);
  if (!found.ok) return found;
  const status = reportStatusOf(found.value, deps.clock.now());
  if (status === 'success') return found;
  if (status === 'expired') return err({ kind: 'expired', code: 'report_expired', detail: 'The report has expired; create another one.' });
  return err({ kind: 'wrong_state', detail: `The report is ${status}: only one that is success can be downloaded.` });
}

/** The rows of a written report, part by part, each read on its own: a slow reader holds up no transaction. Throws when one is gone. */
export async function* reportRows({ unitOfWork }: ReadReportDeps, { id, rowsCount }: OrderReport): AsyncGenerator<readonly ReportRow[]> {
  for (let position = 0, count = 0; count < rowsCount; position += 1) {
    const rows = await unitOfWork.read((tx) => tx.reports.part(id, position));
    if (rows === null || rows.length === 0) throw new Error(`part ${position} of report ${id} is gone`);
    count += rows.length;
    yield rows;
  }
}
