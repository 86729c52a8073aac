import { z } from 'zod';
import type { ExpectationInput } from '../../app/expectations/change-expectation.ts';
import type { Expectation, ExpectedCall, ExpectedOutcome, ExpectedTarget } from '../../domain/expectation.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../../domain/refusal.ts';
import { textField, timeText, uuidField } from '../wire-fields.ts';
import { timeField } from './fields.ts';
import { explanationSchema, presentExplanation } from './present-explanation.ts';
import { loginOf, parseSource, sourceField, sourceText } from './source-field.ts';

const CODES = Object.keys(CALL_REFUSALS) as [CallRefusalCode, ...CallRefusalCode[]];
const TARGETS_MAX = 50;

const toField = () => z.string().regex(/^(?:\+[1-9][0-9]{5,14}|[0-9]{2,6})$/, 'Must be +E.164, or a short code of 2 to 6 digits.');

const callSchema = z
  .strictObject({
    direction: z.enum(['inbound', 'outbound']),
    to: toField(),
    from: textField(64).optional().describe('Without it: an anonymous caller, or outbound some number of the account that may call out.'),
    mode: z.enum(['live', 'test']).default('live'),
    source: sourceField().optional().describe('ip[:port][/transport].'),
    trunk_group_id: uuidField().optional().describe('As if it came from an address of this group.'),
    credential: textField(128).optional().describe('username or username@realm.'),
    at: timeField().optional().describe('As if it came at this time; without it at the time of each look.'),
  })
  .meta({ title: 'ExpectedCall' });

const targetSchema = z
  .strictObject({
    trunk_group_id: uuidField().optional(),
    gateway: uuidField().optional(),
    endpoint_id: uuidField().optional(),
    uri: textField(255).optional(),
  })
  .refine((target) => Object.values(target).some((value) => value !== undefined), 'Must name a group, gateway, endpoint or URI.');

const expectedSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('connect'),
    targets: z.array(targetSchema).max(TARGETS_MAX).default([]),
    match: z.enum(['exact', 'prefix', 'any_order']).default('exact'),
  }),
  z.strictObject({ outcome: z.literal('reject'), code: z.enum(CODES).meta({ title: 'CallRefusalCode' }).nullable().default(null) }),
]);

const nameField = () => textField(100);

/** What a POST may say. */
export const createBody = z.object({
  name: nameField(),
  account_id: uuidField().nullable().default(null).describe('Whose call it is; the platform’s without it.'),
  enabled: z.boolean().default(true),
  call: callSchema,
  expected: expectedSchema,
});

/** What a PATCH may say; `call` and `expected` are replaced whole. */
export const patchBody = z.object({
  name: nameField().optional(),
  enabled: z.boolean().optional(),
  call: callSchema.optional(),
  expected: expectedSchema.optional(),
});

/** How a call is said to be, inside. */
export function callOf(call: z.infer<typeof callSchema>, sipDomain: string): ExpectedCall {
  const { direction, to, mode, source, credential } = call;
  return {
    direction,
    mode,
    to,
    from: call.from ?? (direction === 'inbound' ? 'anonymous' : null),
    source: source === undefined ? null : parseSource(source),
    trunkGroupId: call.trunk_group_id ?? null,
    credential: credential === undefined ? null : loginOf(credential, sipDomain),
    at: call.at ?? null,
  };
}

/** What must become of it, inside. */
export function expectedOf(expected: z.infer<typeof expectedSchema>): ExpectedOutcome {
  if (expected.outcome === 'reject') return expected;
  return { outcome: 'connect', match: expected.match, targets: expected.targets.map(targetOf) };
}

const targetOf = (target: z.infer<typeof targetSchema>): ExpectedTarget => ({
  ...(target.trunk_group_id === undefined ? {} : { trunkGroupId: target.trunk_group_id }),
  ...(target.gateway === undefined ? {} : { gatewayId: target.gateway }),
  ...(target.endpoint_id === undefined ? {} : { endpointId: target.endpoint_id }),
  ...(target.uri === undefined ? {} : { uri: target.uri }),
});

/** Who sends the call cannot be found out from what was said; null: it can. */
export function senderMissing({ call, accountId }: Pick<ExpectationInput, 'call' | 'accountId'>): string | null {
  const { direction, source, trunkGroupId, credential, from } = call;
  const named = [source, trunkGroupId, credential].filter((one) => one !== null).length;
  if (named > 1) return 'Give one of source, trunk_group_id and credential.';
  const isKnown = direction === 'inbound' || named === 1 || from !== null || accountId !== null;
  return isKnown ? null : 'Say who calls: from, credential, source, trunk_group_id, or the account_id of the expectation.';
}

const text = z.string().nullable();
const shownTarget = z.object({
  trunk_group_id: text.optional(),
  gateway: text.optional(),
  endpoint_id: text.optional(),
  uri: text.optional(),
});

/** An expectation on the wire. */
export const expectationSchema = z.object({
  id: z.string(),
  name: z.string(),
  account_id: text,
  enabled: z.boolean(),
  call: z.object({
    direction: z.enum(['inbound', 'outbound']),
    mode: z.enum(['live', 'test']),
    from: text,
    to: z.string(),
    source: text,
    trunk_group_id: text,
    credential: text,
    at: text,
  }),
  expected: z.object({
    outcome: z.enum(['connect', 'reject']),
    targets: z.array(shownTarget).optional(),
    match: z.enum(['exact', 'prefix', 'any_order']).optional(),
    code: text.optional(),
  }),
  holds: z.boolean(),
  why: text,
  judged_at: z.string(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** The same with the decision it was last judged by. */
export const judgedSchema = expectationSchema.extend({ explanation: explanationSchema });

const presentTarget = ({ trunkGroupId, gatewayId, endpointId, uri }: ExpectedTarget) => ({
  ...(trunkGroupId === undefined ? {} : { trunk_group_id: trunkGroupId }),
  ...(gatewayId === undefined ? {} : { gateway: gatewayId }),
  ...(endpointId === undefined ? {} : { endpoint_id: endpointId }),
  ...(uri === undefined ? {} : { uri }),
});

const presentCall = ({ direction, mode, from, to, source, trunkGroupId, credential, at }: ExpectedCall) => ({
  direction,
  mode,
  from,
  to,
  source: source === null ? null : sourceText(source),
  trunk_group_id: trunkGroupId,
  credential: credential === null ? null : `${credential.username}@${credential.realm}`,
  at: at === null ? null : timeText(at),
});

/** An expectation and how it stands. */
export const presentExpectation = (one: Expectation) => ({
  id: one.id,
  name: one.name,
  account_id: one.accountId,
  enabled: one.enabled,
  call: presentCall(one.call),
  expected: one.expected.outcome === 'reject' ? one.expected : { ...one.expected, targets: one.expected.targets.map(presentTarget) },
  holds: one.judged.broken === null,
  why: one.judged.broken,
  judged_at: timeText(one.judged.at),
  version: one.version,
  created_at: timeText(one.createdAt),
  updated_at: timeText(one.updatedAt),
});

/** The same with the decision. */
export const presentJudged = (one: Expectation) => ({
  ...presentExpectation(one),
  explanation: presentExplanation(one.judged.explanation),
});
