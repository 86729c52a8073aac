import { availableMinor } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { isReleaseOpen } from '../../domain/number-release.ts';
import { renewalAt, withBillingSuspension } from '../../domain/renewal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { commitNumber } from '../numbers/save-number.ts';
import type { JobHandler, JobSettlement, RenewalPayload } from '../ports/jobs.ts';
import type { Transaction } from '../ports/store.ts';
import { scheduleRenewal } from './schedule-renewal.ts';

export interface RenewNumberDeps {
  readonly clock: Clock;
  /** From the first try without balance to the suspension. */
  readonly graceMs: number;
  /** Between two tries. */
  readonly tryAgainMs: number;
}

/** Since when the payer could not pay. */
interface Unpaid {
  readonly unpaidSince: number;
}

/**
 * Takes the monthly fee of one number for one period. Without balance it is tried again for the grace, then the number is suspended
 * by billing, and trying goes on: the fee lifts the suspension; nothing is ever released for it (decision B13).
 */
export function renewNumber(deps: RenewNumberDeps): JobHandler<'billing-renewals'> {
  return async (payload, job) => ({ kind: 'transact', work: (tx) => renew(tx, deps, payload, job.progress as Unpaid | null) });
}

async function renew(tx: Transaction, deps: RenewNumberDeps, due: RenewalPayload, unpaid: Unpaid | null): Promise<JobSettlement> {
  // Number before balance, as a purchase does, so that nobody waits in a circle.
  const number = await tx.numbers.lock(due.numberId);
  const now = deps.clock.now();
  // Whoever holds it now has a purchase, and renewals, of its own.
  const isGone = number === null || number.holder === null || (number.lifecycle === 'releasing' && !isReleaseOpen(number, now));
  if (isGone || number.purchasedAt !== due.purchasedAt) return { kind: 'done', result: { paid: false } };
  // Its holder may still take the release back, and then owes the month.
  if (number.lifecycle === 'releasing') return { kind: 'again', dueAt: number.availableAt ?? now, progress: unpaid };
  const period = renewalAt(due.purchasedAt, due.period);
  // An operator may start any waiting job by hand; no month is paid before it begins.
  if (now < period) return { kind: 'again', dueAt: period, progress: unpaid };
  const payer = await tx.accounts.get(number.holder.ownerAccountId);
  if (payer === null) throw new Error(`number ${number.id} has an owner without a row`);
  const balance = await tx.ledger.lockBalance(payer, number.mode);
  // Test keys spend no money, but their ledger gets its rows.
  const feeMinor = number.mode === 'test' ? 0 : number.monthlyFeeMinor;
  if (feeMinor > 0 && availableMinor(balance) < feeMinor) return leaveUnpaid(tx, deps, number, unpaid, now);
  await tx.ledger.post({
    id: newId(),
    mode: number.mode,
    kind: 'renewal',
    accountId: payer.id,
    currency: balance.currency,
    numberId: number.id,
    note: null,
    period,
    at: now,
    lines: [
      { book: 'wallet', accountId: payer.id, amountMinor: feeMinor === 0 ? 0 : -feeMinor },
      { book: 'revenue', accountId: payer.id, amountMinor: feeMinor },
    ],
  });
  await auditRenewal(tx, number, withBillingSuspension(number, false, now), { feeMinor, period });
  await scheduleRenewal(tx, { ...due, period: due.period + 1 }, payer.id, now);
  return { kind: 'done', result: { paid: true, feeMinor } };
}

/** One audit row a renewal, whether or not it lifted a suspension. */
async function auditRenewal(
  tx: Transaction,
  before: PhoneNumber,
  after: PhoneNumber,
  paid: { feeMinor: number; period: number },
): Promise<void> {
  if (after !== before) {
    await commitNumber(tx, before, after, 'number.renew');
    return;
  }
  const accountId = before.holder?.subAccountId ?? before.holder?.ownerAccountId ?? null;
  await tx.audit({ action: 'number.renew', resource: `number:${before.id}`, accountId, before: null, after: paid });
}

async function leaveUnpaid(
  tx: Transaction,
  deps: RenewNumberDeps,
  number: PhoneNumber,
  unpaid: Unpaid | null,
  now: number,
): Promise<JobSettlement> {
  const unpaidSince = unpaid?.unpaidSince ?? now;
  const suspendAt = unpaidSince + deps.graceMs;
  const after = withBillingSuspension(number, now >= suspendAt, now);
  if (now >= suspendAt && after !== number) await commitNumber(tx, number, after, 'number.suspend_unpaid');
  const next = now + deps.tryAgainMs;
  return { kind: 'again', dueAt: now < suspendAt ? Math.min(next, suspendAt) : next, progress: { unpaidSince } };
}
