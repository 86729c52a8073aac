import { type NumberHealth, numberHealth } from '../../app/numbers/number-health.ts';
import type { NumberUsage, NumberUsageReader } from '../../app/ports/number-usage.ts';
import { lifecycleOf } from '../../domain/number.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText } from '../wire-fields.ts';
import { numberParams } from './fields.ts';
import type { VobizNumberDeps } from './number-operations.ts';
import * as schema from './number-schemas.ts';

export interface VobizHealthDeps extends VobizNumberDeps {
  readonly usage: NumberUsageReader;
}

/** How a number is used, from its call records. */
export const healthOperation = (deps: VobizHealthDeps): AnyOperation =>
  operation({
    method: 'GET',
    path: '/account/:auth_id/numbers/:e164/health',
    operationId: 'getNumberHealth',
    summary: 'Calls, answer rate and minutes of a number',
    tag: 'Phone Numbers',
    resource: 'number',
    params: numberParams,
    query: schema.healthQuery,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: 'Totals and periods that had calls', schema: schema.health },
      404: { description: 'No such number of yours' },
    },
    async handle({ actor, params, query: { granularity, days } }) {
      const period = granularity === 'daily' ? 'day' : 'hour';
      const health = await numberHealth(deps, actor, params, { period, days });
      return health.ok ? ok({ status: 200, body: present(health.value, granularity, days) }) : health;
    },
  });

function present({ number, periods }: NumberHealth, granularity: 'daily' | 'hourly', days: number) {
  const sum = periods.reduce<Omit<NumberUsage, 'from'>>(
    (total, one) => ({
      totalCalls: total.totalCalls + one.totalCalls,
      answeredCalls: total.answeredCalls + one.answeredCalls,
      talkSeconds: total.talkSeconds + one.talkSeconds,
    }),
    { totalCalls: 0, answeredCalls: 0, talkSeconds: 0 },
  );
  return {
    e164: number.e164,
    status: lifecycleOf(number) === 'suspended' ? 'blocked' : 'active',
    usage_status: sum.totalCalls > 0 ? 'active' : 'unused',
    is_spam: false,
    granularity,
    summary: { period_days: days, ...totals(sum) },
    snapshots: periods.map((one) => ({ period_start: timeText(one.from), ...totals(one) })),
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** Rate in percent, duration in seconds of an answered call. */
const totals = ({ totalCalls, answeredCalls, talkSeconds }: Omit<NumberUsage, 'from'>) => ({
  total_calls: totalCalls,
  answered_calls: answeredCalls,
  answer_rate: totalCalls === 0 ? 0 : hundredths((100 * answeredCalls) / totalCalls),
  total_minutes: hundredths(talkSeconds / 60),
  avg_duration: answeredCalls === 0 ? 0 : hundredths(talkSeconds / answeredCalls),
});
