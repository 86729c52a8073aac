import type { Delivery, DeliveryAttempt } from '../../domain/webhook.ts';
import { disabledBy, hasArrived, retryAfterMs, retryWaitMs, type TryResult } from '../../domain/webhook-retry.ts';
import type { JobSettlement } from '../ports/jobs.ts';
import type { OutboundAnswer } from '../ports/outbound-http.ts';
import type { Transaction } from '../ports/store.ts';
import { auditWebhook } from './audit-webhook.ts';
import type { BegunTry, DeliverWebhookDeps } from './deliver-webhook.ts';

/** What a try came to. */
export interface Verdict {
  readonly outcome: 'delivered' | 'retry' | 'failed';
  readonly result: TryResult;
  /** Product time in ms of the next try; null: there is none. */
  readonly nextAt: number | null;
  readonly error: string | null;
  readonly attempt: DeliveryAttempt;
}

/** Judges the answer, or that there was none. */
export function verdictOf(deps: DeliverWebhookDeps, { delivery, attempt }: BegunTry, answer: OutboundAnswer): Verdict {
  const now = deps.clock.now();
  const result = resultOf(answer, deps.wallMs());
  const logged = attemptOf(attempt, answer, hasArrived(result), now);
  if (hasArrived(result)) return { outcome: 'delivered', result, nextAt: null, error: null, attempt: logged };
  const waitMs = retryWaitMs(deps.rules, delivery.tries, result, deps.random());
  return {
    outcome: waitMs === null ? 'failed' : 'retry',
    result,
    nextAt: waitMs === null ? null : now + waitMs,
    error: answer.kind === 'failed' ? answer.code : `http_${answer.status}`,
    attempt: logged,
  };
}

/** Writes how a try ended, what follows from it for the delivery, and whether its webhook is given up (invariant 14). */
export async function concludeTry(tx: Transaction, deps: DeliverWebhookDeps, begun: BegunTry, verdict: Verdict): Promise<JobSettlement> {
  const { outcome, nextAt, error } = verdict;
  const now = deps.clock.now();
  // Replayed or deleted meanwhile: what is there now has a job of its own.
  const delivery = await tx.deliveries.lock(begun.delivery.id);
  if (delivery === null) return { kind: 'done', result: null };
  await tx.deliveries.conclude(delivery.id, verdict.attempt);
  if (delivery.nextAt === null || delivery.round !== begun.delivery.round) return { kind: 'done', result: null };
  if (outcome === 'delivered') await tx.webhooks.arrived(delivery.webhookId);
  else await blame(tx, deps, delivery, verdict.result, now);
  if (nextAt !== null) {
    await tx.deliveries.save({ ...delivery, nextAt });
    return { kind: 'again', dueAt: nextAt, progress: null };
  }
  const state = outcome === 'delivered' ? 'delivered' : 'failed';
  await tx.deliveries.save({ ...delivery, state, error, nextAt: null, finishedAt: now });
  return { kind: 'done', result: error === null ? { state } : { state, error } };
}

/** A webhook that nothing reaches for long is turned off, with an audit row of its own; whoever reads it may turn it on again. */
async function blame(tx: Transaction, deps: DeliverWebhookDeps, { webhookId }: Delivery, result: TryResult, now: number): Promise<void> {
  const failingSince = await tx.webhooks.failed(webhookId, now);
  const reason = disabledBy(deps.rules, result, failingSince, now);
  const before = reason === null ? null : await tx.webhooks.lock(webhookId);
  if (before === null || before.disabledReason !== null) return;
  const after = { ...before, disabledReason: reason, version: before.version + 1, updatedAt: now };
  await tx.webhooks.save(after);
  await auditWebhook(tx, 'webhook.disable', before, after);
}

const resultOf = (answer: OutboundAnswer, wallMs: number): TryResult =>
  answer.kind === 'failed'
    ? { status: null, askedMs: null }
    : { status: answer.status, askedMs: retryAfterMs(answer.headers.find(([name]) => name === 'retry-after')?.[1] ?? null, wallMs) };

const attemptOf = (begun: BegunTry['attempt'], answer: OutboundAnswer, arrived: boolean, finishedAt: number): DeliveryAttempt => ({
  ...begun,
  finishedAt,
  outcome: arrived ? 'delivered' : 'failed',
  error: answer.kind === 'failed' ? answer.code : null,
  httpStatus: answer.kind === 'failed' ? null : answer.status,
  responseHeaders: answer.kind === 'failed' ? null : answer.headers,
  // PostgreSQL text holds no NUL; nobody needs one.
  responseBody: answer.kind === 'failed' ? null : answer.body.toString('utf8').replaceAll('\0', ''),
});
