import { z } from 'zod';
import type { CallRecord } from '../../app/ports/calls.ts';
import type { CallOrigin } from '../../domain/call-event.ts';
import { timeText } from '../wire-fields.ts';

const textOrNull = () => z.string().nullable();
const attemptSchema = z.object({
  n: z.number().int(),
  trunk_group_id: textOrNull(),
  gateway: textOrNull(),
  uri: z.string(),
  sip_call_id: textOrNull(),
  sip_status: z.number().int().nullable(),
  started_at: z.string(),
  ended_at: textOrNull(),
  outcome: textOrNull(),
});
/** A call as this face shows it. */
export const callSchema = z.object({
  call_id: z.string(),
  sip_call_id: textOrNull(),
  sip_call_ids: z.array(z.string()),
  direction: z.enum(['inbound', 'outbound', 'internal', 'unknown']),
  mode: z.enum(['live', 'test']),
  plane_mode: z.enum(['normal', 'degraded']).nullable().meta({ description: 'Whether the agent that decided reached the routing plane.' }),
  from: z.string(),
  to: z.string(),
  number_id: textOrNull(),
  account_id: textOrNull(),
  sub_account_id: textOrNull(),
  called_account_id: textOrNull().meta({ description: 'Of a call on-net to a number of another account: that account.' }),
  called_sub_account_id: textOrNull(),
  source: textOrNull(),
  agent_id: z.string(),
  started_at: z.string(),
  answered_at: textOrNull(),
  ended_at: textOrNull(),
  post_dial_delay_ms: z.number().int().nullable().meta({ description: 'From the INVITE to what the caller heard first.' }),
  duration_ms: z.number().int().nullable().meta({ description: 'From answer to end; null while the call goes on.' }),
  outcome: textOrNull(),
  sip_status: z.number().int().nullable(),
  refusal_code: textOrNull(),
  ended_by: textOrNull(),
  versions: z.array(z.object({ record: z.string(), version: z.number().int() })),
  attempts: z.array(attemptSchema),
});

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeText(ms));

/** `ip:port/transport`, IPv6 in brackets: what explain takes. */
export function sourceText(origin: CallOrigin | null): string | null {
  if (origin === null) return null;
  const host = origin.sourceIp.includes(':') ? `[${origin.sourceIp}]` : origin.sourceIp;
  return `${host}:${origin.sourcePort}/${origin.transport}`;
}

/** The body of one call. */
export const presentCall = (call: CallRecord) => ({
  call_id: call.callId,
  sip_call_id: call.origin?.sipCallId ?? call.sipCallIds[0] ?? null,
  sip_call_ids: call.sipCallIds,
  direction: call.direction,
  mode: call.mode,
  plane_mode: call.planeMode,
  from: call.caller,
  to: call.called,
  number_id: call.numberId,
  account_id: call.accountId,
  sub_account_id: call.subAccountId,
  called_account_id: call.callee?.accountId ?? null,
  called_sub_account_id: call.callee?.subAccountId ?? null,
  source: sourceText(call.origin),
  agent_id: call.agentId,
  started_at: timeText(call.startedAt),
  answered_at: timeOrNull(call.answeredAt),
  ended_at: timeOrNull(call.endedAt),
  post_dial_delay_ms: call.postDialDelayMs,
  duration_ms: call.durationMs,
  outcome: call.outcome,
  sip_status: call.sipStatus,
  refusal_code: call.refusalCode,
  ended_by: call.endedBy,
  versions: call.versions,
  attempts: call.attempts.map((attempt) => ({
    n: attempt.n,
    trunk_group_id: attempt.trunkGroupId,
    gateway: attempt.gatewayId,
    uri: attempt.uri,
    sip_call_id: attempt.sipCallId,
    sip_status: attempt.sipStatus,
    started_at: timeText(attempt.startedAt),
    ended_at: timeOrNull(attempt.endedAt),
    outcome: attempt.outcome,
  })),
});
