import { z } from 'zod';
import { updateNumber } from '../../app/numbers/update-number.ts';
import { warningsOfNumber } from '../../app/warnings/write-warnings.ts';
import { judgeCoolOff } from '../../domain/cool-off.ts';
import { lifecycleOf, type NumberPatch, type PhoneNumber } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import { accountFilter } from './account-filter.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerWarned, type ChangeAnswer, warningsSchema } from './answer-change.ts';
import { callLimitFields, callLimitsSchema, limitsPatch, presentCallLimits } from './fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';
import { searchNumber } from './search-number.ts';

const LIFECYCLES = ['available', 'pending', 'active', 'suspended', 'releasing'] as const;

const numberSchema = z.object({
  id: z.string(),
  e164: z.string(),
  country: z.string(),
  type: z.string(),
  region: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  lifecycle: z.enum(LIFECYCLES),
  suspended_by: z.array(z.enum(['tenant', 'platform', 'billing'])),
  owner_account_id: z.string().nullable(),
  sub_account_id: z.string().nullable(),
  endpoint_id: z.string().nullable(),
  trunk_group_id: z.string().nullable(),
  allow_inbound: z.boolean(),
  allow_outbound: z.boolean(),
  setup_fee_minor: z.number().int(),
  monthly_fee_minor: z.number().int(),
  currency: z.string(),
  tags: z.array(z.string()),
  customer_reference: z.string().nullable(),
  deletion_lock: z.boolean(),
  ...callLimitsSchema,
  last_call_at: z.string().nullable(),
  cool_off_until: z.string().nullable(),
  available_at: z.string().nullable(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
  ...warningsSchema,
});

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeText(ms));

/** A number as the platform sees it, its last call included whoever holds it now (decision B7). */
const presentNumber = (deps: AdminDeps, number: PhoneNumber) => {
  const { lastCallAt: lastCallAtMs } = number;
  const coolOff = judgeCoolOff({ lastCallAtMs, liveCalls: 0, nowMs: deps.clock.now(), coolOffMs: deps.coolOffMs(number) });
  return {
    id: number.id,
    e164: number.e164,
    country: number.country,
    type: number.type,
    region: number.region,
    mode: number.mode,
    lifecycle: lifecycleOf(number),
    suspended_by: number.suspendedBy,
    owner_account_id: number.holder?.ownerAccountId ?? null,
    sub_account_id: number.holder?.subAccountId ?? null,
    endpoint_id: number.endpointId,
    trunk_group_id: number.trunkGroupId,
    allow_inbound: number.allowInbound,
    allow_outbound: number.allowOutbound,
    setup_fee_minor: number.setupFeeMinor,
    monthly_fee_minor: number.monthlyFeeMinor,
    currency: number.currency,
    tags: number.tags,
    customer_reference: number.customerReference,
    deletion_lock: number.deletionLock,
    ...presentCallLimits(number),
    last_call_at: timeOrNull(number.lastCallAt),
    cool_off_until: coolOff.result === 'cooling' ? timeText(coolOff.untilMs) : null,
    available_at: timeOrNull(number.availableAt),
    version: number.version,
    created_at: timeText(number.createdAt),
    updated_at: timeText(number.updatedAt),
  };
};

const patchBody = z.object({
  allow_inbound: z.boolean().optional(),
  allow_outbound: z.boolean().optional(),
  endpoint_id: uuidField().nullable().optional(),
  trunk_group_id: uuidField().nullable().optional(),
  /** The platform's own suspension; a tenant's stays as it is (decision B25). */
  suspended: z.boolean().optional(),
  tags: z.array(textField(64)).max(50).optional(),
  customer_reference: textField(255).nullable().optional(),
  deletion_lock: z.boolean().optional(),
  ...callLimitFields(),
});

const WIRE: readonly (readonly [keyof z.infer<typeof patchBody>, keyof NumberPatch])[] = [
  ['allow_inbound', 'allowInbound'],
  ['allow_outbound', 'allowOutbound'],
  ['endpoint_id', 'endpointId'],
  ['trunk_group_id', 'trunkGroupId'],
  ['suspended', 'suspended'],
  ['tags', 'tags'],
  ['customer_reference', 'customerReference'],
  ['deletion_lock', 'deletionLock'],
];

const patchOf = (body: z.infer<typeof patchBody>): NumberPatch => ({
  ...Object.fromEntries(WIRE.filter(([wire]) => body[wire] !== undefined).map(([wire, ours]) => [ours, body[wire]])),
  ...limitsPatch(body),
});

const tag = 'Numbers';
const resource = 'number' as const;

/** Every number of the platform, owned or not. */
export const numberOperations = (deps: AdminDeps): AnyOperation[] => [
  listNumbersOperation(deps),
  getNumberOperation(deps),
  updateNumberOperation(deps),
];

const listNumbersOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/numbers',
    operationId: 'listNumbers',
    summary: 'Search numbers, in stock and owned.',
    tag,
    query: z.object({
      ...pageFields,
      e164: textField(20).optional(),
      account_id: uuidField().optional(),
      lifecycle: z.enum(LIFECYCLES).optional(),
      mode: z.enum(['live', 'test']).optional(),
    }),
    responses: { 200: { description: 'A page of numbers.', schema: listSchema(numberSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.e164 === undefined ? {} : { e164: searchNumber(query.e164) }),
        ...(query.lifecycle === undefined ? {} : { lifecycle: query.lifecycle }),
        ...(query.mode === undefined ? {} : { mode: query.mode }),
      };
      const rows = await deps.unitOfWork.read(async (tx) => {
        const { accountId, subAccountId } = await accountFilter(tx, query.account_id);
        const owner = accountId === undefined ? {} : { ownerAccountId: accountId };
        const holder = accountId === undefined || subAccountId === undefined ? {} : { holder: { ownerAccountId: accountId, subAccountId } };
        return tx.numbers.list({ ...filter, ...owner, ...holder }, pageOf(query));
      });
      const present = (number: PhoneNumber) => presentNumber(deps, number);
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, present) });
    },
  });

const getNumberOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/numbers/:id',
    operationId: 'getNumber',
    summary: 'Get one number.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The number.', schema: numberSchema } },
    async handle({ params }) {
      const number = await deps.unitOfWork.read((tx) => tx.numbers.get(params.id));
      return number === null
        ? err({ kind: 'not_found', resource })
        : ok({ status: 200, body: presentNumber(deps, number), headers: { ETag: etagOf(number.version) } });
    },
  });

const updateNumberOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/numbers/:id',
    operationId: 'updateNumber',
    summary: 'Change flags, destination, platform suspension or labels of an owned number.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: patchBody,
    responses: { 200: { description: 'The number.', schema: numberSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      const done = await updateNumber(deps, actor, { numberId: params.id, patch: patchOf(body), by: 'platform', ifVersion }, wait);
      if (!done.ok && done.error.kind === 'not_found') return err(await whyNotFound(deps, params.id, body, done.error));
      const form: ChangeAnswer<PhoneNumber> = {
        status: 200,
        body: (number) => presentNumber(deps, number),
        record: (number) => ({ record: recordRef.number(number.mode, number.e164), version: number.version }),
      };
      return answerWarned(deps, done, form, warningsOfNumber(deps));
    },
  });

/** The path may name a number in stock, which has nothing to change, and the body a destination that its holder has not. */
async function whyNotFound(deps: AdminDeps, id: string, body: z.infer<typeof patchBody>, refusal: RequestRefusal): Promise<RequestRefusal> {
  const number = await deps.unitOfWork.read((tx) => tx.numbers.get(id));
  if (number === null || refusal.kind !== 'not_found') return refusal;
  if (number.holder === null) return { kind: 'wrong_state', detail: 'The number is in stock: nobody holds it.' };
  if (number.lifecycle === 'releasing')
    return { kind: 'wrong_state', detail: 'The number is being given back: its last calls still go on.' };
  const field = body.trunk_group_id ? 'trunk_group_id' : 'endpoint_id';
  return refusal.resource === 'number' ? refusal : invalidBody([field], 'The holder of the number has none of this id in its mode.');
}
