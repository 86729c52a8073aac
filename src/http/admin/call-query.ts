import { z } from 'zod';
import type { CallFilter } from '../../app/ports/calls.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../../domain/refusal.ts';
import { integerText, textField, uuidField } from '../wire-fields.ts';
import { timeField } from './fields.ts';
import { searchNumber } from './search-number.ts';

const SECONDS_MAX = 86_400 * 30;

/** The filters of calls; all are optional and joined by "and". */
export const callFilterFields = {
  sip_call_id: textField(512).optional().meta({ description: 'Of any leg.' }),
  number: textField(20).optional().meta({ description: 'Called or calling.' }),
  number_id: uuidField().optional(),
  account_id: uuidField().optional(),
  sub_account_id: uuidField().optional(),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
  mode: z.enum(['live', 'test']).optional(),
  plane_mode: z.enum(['normal', 'degraded']).optional(),
  live: z.enum(['true', 'false']).optional().meta({ description: 'Goes on, or is over.' }),
  outcome: z.enum(['completed', 'refused', 'failed', 'cancelled', 'agent_lost']).optional(),
  sip_status: integerText(100, 699).optional(),
  refusal_code: z.enum(Object.keys(CALL_REFUSALS) as [CallRefusalCode, ...CallRefusalCode[]]).optional(),
  trunk_group_id: uuidField().optional().meta({ description: 'Of any attempt.' }),
  gateway_id: uuidField().optional().meta({ description: 'Of any attempt.' }),
  duration_min_seconds: integerText(1, SECONDS_MAX).optional(),
  since: timeField().optional().meta({ description: 'Started at or after.' }),
  until: timeField().optional().meta({ description: 'Started before.' }),
};

const schema = z.object(callFilterFields);

/** The filter a query asks for. */
export function callFilterOf(query: z.output<typeof schema>): CallFilter {
  const filter = {
    sipCallId: query.sip_call_id,
    number: query.number === undefined ? undefined : searchNumber(query.number),
    numberId: query.number_id,
    accountId: query.account_id,
    subAccountId: query.sub_account_id,
    direction: query.direction,
    mode: query.mode,
    planeMode: query.plane_mode,
    live: query.live === undefined ? undefined : query.live === 'true',
    outcome: query.outcome,
    sipStatus: query.sip_status,
    refusalCode: query.refusal_code,
    trunkGroupId: query.trunk_group_id,
    gatewayId: query.gateway_id,
    durationMinMs: query.duration_min_seconds === undefined ? undefined : query.duration_min_seconds * 1000,
    since: query.since,
    until: query.until,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as CallFilter;
}
