import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { NumberUsage, NumberUsageReader } from '../ports/number-usage.ts';
import type { UnitOfWork } from '../ports/store.ts';
import { findOwnNumber } from './find-own-number.ts';
import type { NumberName } from './lock-own-number.ts';

const DAY_MS = 86_400_000;

export interface NumberHealth {
  readonly number: PhoneNumber;
  readonly periods: readonly NumberUsage[];
}

/** Sums the calls a number had in the last days, as far back as its present holder has it: the time before is not theirs (decision B7). */
export async function numberHealth(
  deps: { readonly unitOfWork: UnitOfWork; readonly usage: NumberUsageReader; readonly clock: Clock },
  actor: Actor,
  name: NumberName,
  { period, days }: { readonly period: 'day' | 'hour'; readonly days: number },
): Promise<Result<NumberHealth, RequestRefusal>> {
  const found = await findOwnNumber(deps, actor, name);
  if (!found.ok) return found;
  const number = found.value;
  const since = (await deps.unitOfWork.read((tx) => tx.holders.since(number.id))) ?? deps.clock.now();
  const periods = await deps.usage.read(number, period, Math.max(since, deps.clock.now() - days * DAY_MS));
  return ok({ number, periods });
}
