import { z } from 'zod';
import { createTrunkGroup } from '../../app/trunk-groups/create-trunk-group.ts';
import { deleteTrunkGroup } from '../../app/trunk-groups/delete-trunk-group.ts';
import { type TrunkGroupPatch, updateTrunkGroup } from '../../app/trunk-groups/update-trunk-group.ts';
import { warningsOfGroup } from '../../app/warnings/write-warnings.ts';
import { orderedTerms, termsMember } from '../../domain/gateway-terms.ts';
import { limitsMember, mergeLimits } from '../../domain/lease.ts';
import { recordRef } from '../../domain/records.ts';
import type { Gateway, TrunkGroup } from '../../domain/trunk-group.ts';
import { err, ok } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { countryField, idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerWarned, answerWarnedOnce, warningsSchema } from './answer-change.ts';
import { defaultCallerField, defaultCallerPatch, defaultCallerSchema, presentDefaultCaller } from './default-caller.ts';
import {
  callLimitFields,
  callLimitsSchema,
  limitFields,
  limitsPatch,
  limitsSchema,
  orderField,
  presentCallLimits,
  presentLimits,
} from './fields.ts';
import { gatewayTermsFields, groupTermsFields, presentTerms, termsOf, termsPatch, termsSchema } from './gateway-terms.ts';
import { identifyByField, identifyBySchema, marksOf, presentMarks } from './identify-by.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const gatewayFields = {
  uri: textField(255),
  priority: orderField().default(10),
  weight: orderField().default(1),
  enabled: z.boolean().default(true),
};

const gatewayBody = z.strictObject({ ...gatewayFields, ...limitFields(), ...gatewayTermsFields() }).meta({ title: 'GatewayBody' });
const formatField = () => z.enum(['e164', 'e164_plus', 'national']).nullable();
const aclField = () => z.array(textField(100)).max(1000);
const gatewaysField = () => z.array(gatewayBody).max(100);

const groupSchema = z.object({
  id: z.string(),
  ext_id: z.string(),
  name: z.string(),
  kind: z.enum(['carrier', 'customer']),
  account_id: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  enabled: z.boolean(),
  acl: z.array(z.string()),
  identify_by: identifyBySchema,
  gateways: z.array(
    z
      .object({
        id: z.string(),
        uri: z.string(),
        priority: z.number(),
        weight: z.number(),
        enabled: z.boolean(),
        ...limitsSchema,
        ...termsSchema,
      })
      .meta({ title: 'ShownGateway' }),
  ),
  logins: z
    .array(z.object({ realm: z.string(), username: z.string() }))
    .describe('Logins made for it: calls to its numbers ring where they registered while no gateway is enabled.'),
  ...callLimitsSchema,
  ...termsSchema,
  default_caller: defaultCallerSchema,
  number_format: formatField(),
  country: z.string().nullable(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
  ...warningsSchema,
});

const presentGroup = (group: TrunkGroup) => ({
  id: group.id,
  ext_id: group.extId,
  name: group.name,
  kind: group.kind,
  account_id: group.accountId,
  mode: group.mode,
  enabled: group.enabled,
  acl: group.acl,
  identify_by: presentMarks(group.marks),
  gateways: group.gateways.map(({ limits, terms, ...gateway }) => ({
    ...gateway,
    ...presentLimits({ limits }),
    ...presentTerms({ ...(terms === undefined ? {} : { terms }) }),
  })),
  logins: (group.logins ?? []).map(({ realm, username }) => ({ realm, username })),
  ...presentCallLimits(group),
  ...presentTerms(group),
  default_caller: presentDefaultCaller(group.defaultCaller),
  number_format: group.numberFormat,
  country: group.country,
  version: group.version,
  created_at: timeText(group.createdAt),
  updated_at: timeText(group.updatedAt),
});

const recordOf = (group: TrunkGroup) => ({ record: recordRef.trunkGroup(group.id), version: group.version });
function bareGateway(sealer: Sealer, gateway: z.infer<typeof gatewayBody>): Omit<Gateway, 'id'> {
  const { uri, priority, weight, enabled, max_channels, max_cps, max_call_seconds } = gateway;
  const limits = mergeLimits(undefined, limitsPatch({ max_channels, max_cps, max_call_seconds }).limits);
  return { uri, priority, weight, enabled, ...limitsMember(limits), ...termsMember(termsOf(sealer, gateway)) };
}
const tag = 'Trunk groups';
const resource = 'trunk_group' as const;

const createBody = z.object({
  name: textField(100),
  kind: z.enum(['carrier', 'customer']),
  account_id: uuidField().nullable().default(null),
  mode: z.enum(['live', 'test']).default('live'),
  enabled: z.boolean().default(true),
  acl: aclField().default([]),
  identify_by: identifyByField(),
  gateways: gatewaysField().default([]),
  number_format: formatField().default(null),
  country: countryField().nullable().default(null),
  default_caller: defaultCallerField(),
  ...callLimitFields(),
  ...groupTermsFields(),
});

const patchBody = z.object({
  name: textField(100).optional(),
  enabled: z.boolean().optional(),
  acl: aclField().optional(),
  identify_by: identifyByField(),
  gateways: gatewaysField().optional(),
  number_format: formatField().optional(),
  country: countryField().nullable().optional(),
  default_caller: defaultCallerField(),
  ...callLimitFields(),
  ...groupTermsFields(),
});

function patchOf(sealer: Sealer, body: z.infer<typeof patchBody>): TrunkGroupPatch {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
    ...(body.acl === undefined ? {} : { acl: body.acl }),
    ...(body.identify_by === undefined ? {} : { marks: marksOf(sealer, body.identify_by) ?? null }),
    ...(body.gateways === undefined ? {} : { gateways: body.gateways.map((one) => bareGateway(sealer, one)) }),
    ...(body.number_format === undefined ? {} : { numberFormat: body.number_format }),
    ...(body.country === undefined ? {} : { country: body.country }),
    ...limitsPatch(body),
    ...defaultCallerPatch(body),
    terms: termsPatch(sealer, body),
  };
}

/** Trunk groups: gateways in order, and the addresses calls come from. */
export const trunkGroupOperations = (deps: AdminDeps): AnyOperation[] => [
  createTrunkGroupOperation(deps),
  listTrunkGroupsOperation(deps),
  getTrunkGroupOperation(deps),
  updateTrunkGroupOperation(deps),
  deleteTrunkGroupOperation(deps),
];

const createTrunkGroupOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/trunk-groups',
    operationId: 'createTrunkGroup',
    summary: 'Make a carrier or customer trunk group.',
    tag,
    changes: true,
    body: createBody,
    responses: { 201: { description: 'The trunk group.', schema: groupSchema } },
    async handle({ actor, body, wait }) {
      const { name, kind, mode, enabled, acl, country, account_id: accountId, number_format: numberFormat } = body;
      const input = {
        ...{ name, kind, mode, enabled, acl, country, accountId, numberFormat },
        gateways: body.gateways.map((one) => bareGateway(deps.sealer, one)),
        marks: marksOf(deps.sealer, body.identify_by) ?? undefined,
        limits: mergeLimits(undefined, limitsPatch(body).limits),
        terms: orderedTerms(termsOf(deps.sealer, body)),
        defaultCaller: body.default_caller ?? undefined,
      };
      const location = ({ id }: TrunkGroup) => `/trunk-groups/${id}`;
      const form = { status: 201, body: presentGroup, location, record: recordOf } as const;
      return answerWarnedOnce(deps, actor, () => createTrunkGroup(deps, actor, input, wait), form, warningsOfGroup);
    },
  });

const listTrunkGroupsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/trunk-groups',
    operationId: 'listTrunkGroups',
    summary: 'List trunk groups.',
    tag,
    query: z.object({ ...pageFields, account_id: uuidField().optional(), kind: z.enum(['carrier', 'customer']).optional() }),
    responses: { 200: { description: 'A page of trunk groups.', schema: listSchema(groupSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.kind === undefined ? {} : { kind: query.kind }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.trunkGroups.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentGroup) });
    },
  });

const getTrunkGroupOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/trunk-groups/:id',
    operationId: 'getTrunkGroup',
    summary: 'Get one trunk group.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The trunk group.', schema: groupSchema } },
    async handle({ params }) {
      const group = await deps.unitOfWork.read((tx) => tx.trunkGroups.get(params.id));
      return group === null
        ? err({ kind: 'not_found', resource })
        : ok({ status: 200, body: presentGroup(group), headers: { ETag: etagOf(group.version) } });
    },
  });

const updateTrunkGroupOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/trunk-groups/:id',
    operationId: 'updateTrunkGroup',
    summary: 'Change a trunk group; gateways and acl are replaced whole.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: patchBody,
    responses: { 200: { description: 'The trunk group.', schema: groupSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      const done = await updateTrunkGroup(deps, actor, params.id, patchOf(deps.sealer, body), { ifVersion, wait });
      return answerWarned(deps, done, { status: 200, body: presentGroup, record: recordOf }, warningsOfGroup);
    },
  });

const deleteTrunkGroupOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/trunk-groups/:id',
    operationId: 'deleteTrunkGroup',
    summary: 'Delete a trunk group that nothing points to.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, ifVersion, wait }) {
      return answerChange(await deleteTrunkGroup(deps, actor, params.id, { ifVersion, wait }), { status: 204, record: recordOf });
    },
  });
