import { cancelRelease } from '../../app/numbers/cancel-release.ts';
import { releaseNumber } from '../../app/numbers/release-number.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { isReleaseOpen, type ReleaseTerms } from '../../domain/number-release.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText } from '../wire-fields.ts';
import { changeHeaders } from './change-headers.ts';
import { numberParams } from './fields.ts';
import type { VobizNumberDeps } from './number-operations.ts';
import * as schema from './number-schemas.ts';
import { amountOf } from './present.ts';

export interface VobizReleaseDeps extends VobizNumberDeps {
  /** Absent, or without a window: numbers are released at once (decision B1). */
  readonly releaseTerms?: ReleaseTerms;
  /** How clients reach this server; absent: links are paths. */
  readonly publicUrl?: string | null;
}

const TAG = 'Phone Numbers';
const resource = 'number' as const;
const need = { role: 'admin', scope: 'numbers:write' } as const;
const HOUR_MS = 3_600_000;

/** Release of a number, and the way back within its window. */
export const releaseOperations = (deps: VobizReleaseDeps): AnyOperation[] => [release(deps), cancel(deps)];

const release = (deps: VobizReleaseDeps) =>
  operation({
    method: 'DELETE',
    path: '/Account/:auth_id/numbers/:e164',
    operationId: 'unrentNumber',
    summary: 'Release a number back to the inventory, at once or after a window in which it can be cancelled',
    tag: TAG,
    resource,
    params: numberParams,
    query: schema.releaseQuery,
    need,
    changes: true,
    responses: {
      200: { description: 'Back in the inventory, or on its way', schema: schema.released },
      403: { description: 'The account does not own this number' },
      409: { description: 'The number is locked' },
      503: { description: 'The last calls of the number are not known now' },
    },
    async handle({ actor, params, query, ifVersion }) {
      const terms = termsOf(deps, query.immediate === 'true');
      const done = await releaseNumber(deps, actor, { number: params, ifVersion, ...(terms === null ? {} : { terms }) });
      if (!done.ok) return done;
      const { value } = done.value;
      const body = terms !== null && isReleaseOpen(value, value.updatedAt) ? pendingBody(deps, params, value, terms) : releasedBody(value);
      return ok({ status: 200, body, headers: changeHeaders(done.value) });
    },
  });

/** Without the setting there is no quarantine either; `immediate` skips the window alone (seed-apis B.1). */
function termsOf({ releaseTerms }: VobizReleaseDeps, immediate: boolean): ReleaseTerms | null {
  if (releaseTerms === undefined || releaseTerms.windowMs === 0) return null;
  return immediate ? { ...releaseTerms, windowMs: 0 } : releaseTerms;
}

const releasedBody = ({ updatedAt }: PhoneNumber) => ({
  message: 'number released',
  status: 'released',
  release_fee: 0,
  cooldown_ends_at: timeText(updatedAt),
});

const hoursText = (ms: number): string => String(Math.round((ms / HOUR_MS) * 100) / 100);
const daysText = (ms: number): string => String(Math.round((ms / HOUR_MS / 24) * 100) / 100);

const pendingBody = (
  { publicUrl }: VobizReleaseDeps,
  { auth_id, e164 }: { readonly auth_id: string; readonly e164: string },
  number: PhoneNumber,
  { windowMs, quarantineMs }: ReleaseTerms,
) => ({
  cancel_url: `${publicUrl ?? ''}/api/v1/account/${auth_id}/numbers/${e164}/cancel-release`,
  cooldown_ends_at: timeText(number.availableAt ?? number.updatedAt),
  message: 'number release initiated',
  note: `Number will be in pending_release for ${hoursText(windowMs)} hours (cancellable), then quarantined for ${daysText(quarantineMs)} days before becoming available.`,
  release_fee: 0,
  status: 'pending_release',
});

const cancel = (deps: VobizReleaseDeps) =>
  operation({
    method: 'POST',
    path: '/account/:auth_id/numbers/:e164/cancel-release',
    operationId: 'cancelNumberRelease',
    summary: 'Take a release back; what the number was routed to is not restored',
    tag: TAG,
    resource,
    params: numberParams,
    need,
    changes: true,
    responses: {
      200: { description: 'The number is active again', schema: schema.releaseCancelled },
      400: { description: 'The number is not pending release' },
      403: { description: 'The account does not own this number' },
    },
    handle({ actor, params, wait }) {
      return answerOnce(
        actor,
        () => cancelRelease(deps, actor, params, wait),
        (changed) => ({
          status: 200,
          body: {
            currency: changed.value.currency,
            message: 'release cancelled, number restored to active status',
            refund_amount: amountOf(0, changed.value.currency),
            status: 'active',
          },
          headers: changeHeaders(changed),
        }),
      );
    },
  });
