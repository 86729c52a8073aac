import { z } from 'zod';
import { createEndpoint } from '../../app/endpoints/create-endpoint.ts';
import { asCustomSip, type EndpointFields, ringOf, withRing } from '../../app/endpoints/decide-endpoint.ts';
import { deleteEndpoint } from '../../app/endpoints/delete-endpoint.ts';
import { updateEndpoint } from '../../app/endpoints/update-endpoint.ts';
import { warningsOfEndpoint } from '../../app/warnings/write-warnings.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { recordRef, type Target } from '../../domain/records.ts';
import { invalidBody } from '../../domain/request-refusal.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerWarned, answerWarnedOnce, warningsSchema } from './answer-change.ts';
import {
  endpointRouteField,
  endpointRouteOf,
  endpointRouteSchema,
  fallbackField,
  fallbackOf,
  fallbackSchema,
  presentEndpointRoute,
  presentFallback,
} from './endpoint-route.ts';
import { orderField } from './fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const targetsField = () =>
  z
    .array(z.strictObject({ uri: textField(255), priority: orderField().default(10), weight: orderField().default(1) }))
    .min(1)
    .max(20);

const ringField = () =>
  z.enum(['q', 'parallel', 'serial']).meta({ description: 'How the phones of a SIP user among the targets are rung.' });

const endpointSchema = z.object({
  id: z.string(),
  account_id: z.string(),
  mode: z.enum(['live', 'test']),
  name: z.string(),
  type: z.string(),
  status: z.enum(['active', 'inactive']),
  targets: z.array(z.object({ uri: z.string(), priority: z.number(), weight: z.number() })),
  ring: ringField(),
  route: endpointRouteSchema().nullable(),
  fallback: fallbackSchema().nullable(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
  ...warningsSchema,
});

const presentEndpoint = (endpoint: Endpoint) => ({
  id: endpoint.id,
  account_id: endpoint.accountId,
  mode: endpoint.mode,
  name: endpoint.name,
  type: endpoint.type,
  status: endpoint.status,
  targets: endpoint.targets,
  ring: ringOf(endpoint),
  route: endpoint.route === undefined ? null : presentEndpointRoute(endpoint.route),
  fallback: endpoint.fallback === undefined ? null : presentFallback(endpoint.fallback),
  version: endpoint.version,
  created_at: timeText(endpoint.createdAt),
  updated_at: timeText(endpoint.updatedAt),
});

const ONE_OF = invalidBody(['targets'], 'Give either targets or a route.', 'missing');

interface Places {
  readonly targets?: readonly Target[] | undefined;
  readonly route?: z.infer<ReturnType<typeof endpointRouteField>> | undefined;
  readonly fallback?: z.infer<ReturnType<typeof fallbackField>> | null | undefined;
}

/** Where a body sends calls, as far as it says; null where it names both targets and a route, or neither of them. */
function placesIn(body: Places): Pick<EndpointFields, 'targets' | 'route' | 'fallback'> | null {
  if ((body.targets === undefined) === (body.route === undefined)) return null;
  return placesSaid(body);
}

const placesSaid = ({ targets, route, fallback }: Places): Pick<EndpointFields, 'targets' | 'route' | 'fallback'> => ({
  ...(targets === undefined ? {} : { targets }),
  ...(route === undefined ? {} : { route: endpointRouteOf(route) }),
  ...(fallback === undefined ? {} : { fallback: fallback === null ? null : fallbackOf(fallback) }),
});

const recordOf = (endpoint: Endpoint) => ({ record: recordRef.endpoint(endpoint.id), version: endpoint.version });
const tag = 'Endpoints';
const resource = 'endpoint' as const;

/** Where inbound calls of numbers go, for any account. */
export const endpointOperations = (deps: AdminDeps): AnyOperation[] => [
  createEndpointOperation(deps),
  listEndpointsOperation(deps),
  getEndpointOperation(deps),
  updateEndpointOperation(deps),
  deleteEndpointOperation(deps),
];

const createEndpointOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/endpoints',
    operationId: 'createEndpoint',
    summary: 'Make an endpoint with its targets in order, or with a route to somewhere else.',
    tag,
    changes: true,
    body: z.object({
      account_id: uuidField(),
      name: textField(100),
      targets: targetsField().optional(),
      route: endpointRouteField().optional(),
      fallback: fallbackField().nullable().optional(),
      ring: ringField().default('q'),
      mode: z.enum(['live', 'test']).default('live'),
      status: z.enum(['active', 'inactive']).default('active'),
    }),
    responses: { 201: { description: 'The endpoint.', schema: endpointSchema } },
    async handle({ actor, body, wait }) {
      const { account_id: accountId, name, ring, mode, status } = body;
      const where = placesIn(body);
      if (where === null) return err(ONE_OF);
      const described = { name, status, ...where, ...asCustomSip(where.targets ?? []), providerConfig: withRing({}, ring) };
      const done = await answerWarnedOnce(
        deps,
        actor,
        () => createEndpoint(deps, actor, { accountId, mode, numberId: null, ...described }, wait),
        { status: 201, body: presentEndpoint, location: ({ id }) => `/endpoints/${id}`, record: recordOf },
        warningsOfEndpoint(deps.sipDomain),
      );
      if (!done.ok && done.error.kind === 'not_found') {
        return err(invalidBody(['account_id'], 'No such account.'));
      }
      return done;
    },
  });

const listEndpointsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/endpoints',
    operationId: 'listEndpoints',
    summary: 'List endpoints.',
    tag,
    query: z.object({ ...pageFields, account_id: uuidField().optional() }),
    responses: { 200: { description: 'A page of endpoints.', schema: listSchema(endpointSchema) } },
    async handle({ query }) {
      const filter = query.account_id === undefined ? {} : { accountId: query.account_id };
      const rows = await deps.unitOfWork.read((tx) => tx.endpoints.listAfter(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentEndpoint) });
    },
  });

const getEndpointOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/endpoints/:id',
    operationId: 'getEndpoint',
    summary: 'Get one endpoint.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The endpoint.', schema: endpointSchema } },
    async handle({ params }) {
      const endpoint = await deps.unitOfWork.read((tx) => tx.endpoints.get(params.id));
      return endpoint === null
        ? err({ kind: 'not_found', resource })
        : ok({ status: 200, body: presentEndpoint(endpoint), headers: { ETag: etagOf(endpoint.version) } });
    },
  });

const updateEndpointOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/endpoints/:id',
    operationId: 'updateEndpoint',
    summary: 'Change an endpoint; targets and routes are replaced whole, and each takes the place of the other.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: z.object({
      name: textField(100).optional(),
      targets: targetsField().optional(),
      route: endpointRouteField().optional(),
      fallback: fallbackField().nullable().optional(),
      ring: ringField().optional(),
      status: z.enum(['active', 'inactive']).optional(),
    }),
    responses: { 200: { description: 'The endpoint.', schema: endpointSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      if (body.targets !== undefined && body.route !== undefined) return err(ONE_OF);
      const patch: Partial<EndpointFields> = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...placesSaid(body),
        ...(body.ring === undefined ? {} : { ring: body.ring }),
        ...(body.status === undefined ? {} : { status: body.status }),
      };
      const done = await updateEndpoint(deps, actor, { endpointId: params.id, patch, ifVersion }, wait);
      return answerWarned(deps, done, { status: 200, body: presentEndpoint, record: recordOf }, warningsOfEndpoint(deps.sipDomain));
    },
  });

const deleteEndpointOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/endpoints/:id',
    operationId: 'deleteEndpoint',
    summary: 'Delete an endpoint; refused while numbers or endpoints point to it, unless ?detach=true.',
    tag,
    resource,
    changes: true,
    params: idParams,
    query: z.object({ detach: z.enum(['true', 'false']).default('false') }),
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, query, ifVersion, wait }) {
      const input = { endpointId: params.id, detach: query.detach === 'true', ifVersion };
      return answerChange(await deleteEndpoint(deps, actor, input, wait), { status: 204, record: recordOf });
    },
  });
