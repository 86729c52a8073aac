import { z } from 'zod';
import { createEndpoint } from '../../app/endpoints/create-endpoint.ts';
import { asCustomSip, type EndpointFields, ringOf, withRing } from '../../app/endpoints/decide-endpoint.ts';
import { deleteEndpoint } from '../../app/endpoints/delete-endpoint.ts';
import { newEndpointSecret } from '../../app/endpoints/endpoint-secret.ts';
import { updateEndpoint } from '../../app/endpoints/update-endpoint.ts';
import { warningsOfEndpoint } from '../../app/warnings/write-warnings.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { readOutboundUrl } from '../../domain/outbound-url.ts';
import { recordRef, type Target } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
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

/** With the secret that signs questions to its webhook, where there is a new one. */
const toldSchema = endpointSchema.extend({ signing_secret: z.string().optional() });

const withSecret = (secret: string | null) => (endpoint: Endpoint) => ({
  ...presentEndpoint(endpoint),
  ...(secret === null ? {} : { signing_secret: secret }),
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
function placesIn(body: Places, secretSealed: string): Pick<EndpointFields, 'targets' | 'route' | 'fallback'> | null {
  if ((body.targets === undefined) === (body.route === undefined)) return null;
  return placesSaid(body, secretSealed);
}

interface Signing {
  readonly sealed: string;
  /** To be told once; null: nothing new. */
  readonly secret: string | null;
}

const NO_SIGNING: Signing = { sealed: '', secret: null };

/** What signs the questions to a webhook that a body names: what signed them before, or something new. */
function signingOf(deps: AdminDeps, route: Places['route'], accountId: string, before: Endpoint['route']): Result<Signing, RequestRefusal> {
  if (route?.kind !== 'webhook') return ok(NO_SIGNING);
  const url = readOutboundUrl(route.url, deps.outbound);
  if (!url.ok) return err(invalidBody(['route', 'url'], url.error));
  if (before?.kind === 'webhook' && route.new_secret !== true) return ok({ sealed: before.secretSealed, secret: null });
  return ok(newEndpointSecret(deps.sealer, accountId));
}

const placesSaid = (
  { targets, route, fallback }: Places,
  secretSealed: string,
): Pick<EndpointFields, 'targets' | 'route' | 'fallback'> => ({
  ...(targets === undefined ? {} : { targets }),
  ...(route === undefined ? {} : { route: endpointRouteOf(route, secretSealed) }),
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
    secrets: ['signing_secret'],
    responses: { 201: { description: 'The endpoint.', schema: toldSchema } },
    async handle({ actor, body, wait }) {
      const { account_id: accountId, name, ring, mode, status } = body;
      const signing = signingOf(deps, body.route, accountId, undefined);
      if (!signing.ok) return signing;
      const { sealed, secret } = signing.value;
      const where = placesIn(body, sealed);
      if (where === null) return err(ONE_OF);
      const described = { name, status, ...where, ...asCustomSip(where.targets ?? []), providerConfig: withRing({}, ring) };
      const done = await answerWarnedOnce(
        deps,
        actor,
        () => createEndpoint(deps, actor, { accountId, mode, numberId: null, ...described }, wait),
        { status: 201, body: withSecret(secret), location: ({ id }) => `/endpoints/${id}`, record: recordOf },
        warningsOfEndpoint(deps),
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
    secrets: ['signing_secret'],
    responses: { 200: { description: 'The endpoint.', schema: toldSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      if (body.targets !== undefined && body.route !== undefined) return err(ONE_OF);
      const before = body.route?.kind === 'webhook' ? await deps.unitOfWork.read((tx) => tx.endpoints.get(params.id)) : null;
      const signing = signingOf(deps, body.route, before?.accountId ?? '', before?.route);
      if (!signing.ok) return signing;
      const { sealed, secret } = signing.value;
      const patch: Partial<EndpointFields> = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...placesSaid(body, sealed),
        ...(body.ring === undefined ? {} : { ring: body.ring }),
        ...(body.status === undefined ? {} : { status: body.status }),
      };
      const done = await updateEndpoint(deps, actor, { endpointId: params.id, patch, ifVersion }, wait);
      return answerWarned(deps, done, { status: 200, body: withSecret(secret), record: recordOf }, warningsOfEndpoint(deps));
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
