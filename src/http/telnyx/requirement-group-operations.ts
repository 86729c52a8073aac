import { z } from 'zod';
import type { ChangeDeps, Changed } from '../../app/change.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { deleteGroup, submitGroup, updateGroup } from '../../app/requirements/change-group.ts';
import { createGroup } from '../../app/requirements/create-group.ts';
import { findGroup } from '../../app/requirements/own-group.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { RequirementGroup } from '../../domain/requirement-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { countryField, idParams, textField } from '../wire-fields.ts';
import { enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';
import { offeredValues } from './order-schemas.ts';
import { GROUP_STATUSES, groupSchema, groupStateOf, listedGroupSchema, presentGroup, presentListedGroup } from './present-requirement.ts';

interface Deps extends ChangeDeps {
  readonly clock: Clock;
}

const TAG = 'Requirement Groups';
const REFERENCE_MAX = 255;
const resource = 'requirement_group' as const;
const responses = {
  200: { description: 'The requirement group.', schema: groupSchema },
  404: { description: 'No such requirement group of yours' },
};
const need = { scope: 'numbers:write' } as const;

const reference = () =>
  textField(REFERENCE_MAX, 0)
    .nullable()
    .transform((text) => (text === '' ? null : text));

const createBody = z
  .object({
    country_code: countryField(),
    phone_number_type: z.enum(TYPES),
    action: z
      .string()
      .refine((action) => action === 'ordering', { message: 'Only ordering is done here.', params: { problem: 'not_supported' } })
      .meta({ enum: ['ordering'] }),
    customer_reference: reference().optional(),
    regulatory_requirements: offeredValues.nullable().optional(),
  })
  .transform((body) => ({
    country: body.country_code,
    numberType: body.phone_number_type,
    customerReference: body.customer_reference ?? null,
    values: body.regulatory_requirements ?? [],
  }));

const updateBody = z
  .object({ customer_reference: reference().optional(), regulatory_requirements: offeredValues.nullable().optional() })
  .transform((body) => ({
    ...given('customerReference', body.customer_reference),
    values: body.regulatory_requirements ?? [],
  }));

/** Requirement groups: list, create, retrieve, update, delete, submit for approval. */
export const requirementGroupOperations = (deps: Deps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
  submit(deps),
];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirement_groups',
    operationId: 'listRequirementGroups',
    summary: 'List requirement groups; all of them, without an envelope',
    tag: TAG,
    query: listQuery({
      'filter[country_code]': countryField().optional(),
      'filter[phone_number_type]': enumText(TYPES).optional(),
      'filter[action]': enumText(['ordering', 'porting', 'action']).optional(),
      'filter[status]': enumText(GROUP_STATUSES).optional(),
      'filter[customer_reference]': textField(REFERENCE_MAX).optional(),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The requirement groups, newest first.', schema: z.array(listedGroupSchema) } },
    async handle({ actor, query }) {
      if ((query['filter[action]'] ?? 'ordering') !== 'ordering') return ok({ status: 200, body: [] });
      const now = deps.clock.now();
      const status = query['filter[status]'];
      const filter = {
        ...scopeOf(actor),
        now,
        ...given('country', query['filter[country_code]']),
        ...given('numberType', query['filter[phone_number_type]']),
        ...given('state', status === undefined ? undefined : groupStateOf(status)),
        ...given('customerReference', query['filter[customer_reference]']),
      };
      const groups = await deps.unitOfWork.read((tx) => tx.requirementGroups.list(filter));
      return ok({ status: 200, body: groups.map((group) => presentListedGroup(group, now)) });
    },
  });

const create = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/requirement_groups',
    operationId: 'createRequirementGroup',
    summary: 'Create a new requirement group',
    tag: TAG,
    body: createBody,
    need,
    changes: true,
    responses: { 200: responses[200], 422: { description: 'A bad field' } },
    handle: async ({ actor, body }) => answerOnce(actor, () => createGroup(deps, actor, body), render(deps)),
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirement_groups/:id',
    operationId: 'retrieveRequirementGroup',
    summary: 'Get a single requirement group by ID',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const found = await findGroup(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: presentGroup(found.value, deps.clock.now()) }) : found;
    },
  });

const update = (deps: Deps) =>
  operation({
    method: 'PATCH',
    path: '/requirement_groups/:id',
    operationId: 'updateRequirementGroup',
    summary: 'Update requirement values in requirement group; new values need a new approval',
    tag: TAG,
    resource,
    params: idParams,
    body: updateBody,
    need,
    changes: true,
    responses: { ...responses, 422: { description: 'A bad field, or values that are under review' } },
    handle: async ({ actor, params, body }) => answered(deps, await updateGroup(deps, actor, params.id, body)),
  });

const remove = (deps: Deps) =>
  operation({
    method: 'DELETE',
    path: '/requirement_groups/:id',
    operationId: 'deleteRequirementGroup',
    summary: 'Delete a requirement group by ID; orders keep the values they took from it',
    tag: TAG,
    resource,
    params: idParams,
    need,
    changes: true,
    responses,
    handle: async ({ actor, params }) => answered(deps, await deleteGroup(deps, actor, params.id)),
  });

const submit = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/requirement_groups/:id/submit_for_approval',
    operationId: 'submitRequirementGroup',
    summary: 'Submit a requirement group for approval',
    tag: TAG,
    resource,
    params: idParams,
    need,
    changes: true,
    responses: { ...responses, 422: { description: 'Values are missing, or it was submitted already' } },
    handle: async ({ actor, params }) => answerOnce(actor, () => submitGroup(deps, actor, params.id), render(deps)),
  });

const render =
  ({ clock }: Deps) =>
  ({ value, propagation }: Changed<RequirementGroup>): Answer => ({
    status: 200,
    body: presentGroup(value, clock.now()),
    headers: propagationHeaders(propagation, null),
  });

const answered = (deps: Deps, done: Result<Changed<RequirementGroup>, RequestRefusal>): Result<Answer, RequestRefusal> =>
  done.ok ? ok(render(deps)(done.value)) : done;
