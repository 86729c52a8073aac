import { z } from 'zod';
import {
  createOutboundRoute,
  deleteOutboundRoute,
  type OutboundRouteInput,
  type RouteInSet,
  routeSetIdOf,
  updateOutboundRoute,
} from '../../app/outbound-routes/change-outbound-route.ts';
import type { Transaction } from '../../app/ports/store.ts';
import { warningsOfRoute } from '../../app/warnings/write-warnings.ts';
import { recordRef } from '../../domain/records.ts';
import type { StoredOutboundRoute } from '../../domain/trunk-group.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerWarned, answerWarnedOnce, type ChangeAnswer, warningsSchema } from './answer-change.ts';
import { orderField } from './fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';
import { hoursField, hoursOf, hoursSchema, presentHours } from './route-hours.ts';

const prefixField = () =>
  z.string().regex(/^(=?[0-9]{1,15}|)$/, 'Digits without +, at most 15; =112 for exactly that dial string; empty for every number.');

const routeSchema = z.object({
  id: z.string(),
  prefix: z.string(),
  trunk_group_id: z.string(),
  priority: z.number().int(),
  weight: z.number().int(),
  cost: z.number().nullable(),
  hours: hoursSchema().nullable(),
  account_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  ...warningsSchema,
});

const presentRoute = (route: StoredOutboundRoute) => ({
  id: route.id,
  prefix: route.prefix,
  trunk_group_id: route.trunkGroupId,
  priority: route.priority,
  weight: route.weight,
  cost: route.cost ?? null,
  hours: route.hours === undefined ? null : presentHours(route.hours),
  account_id: route.accountId,
  created_at: timeText(route.createdAt),
  updated_at: timeText(route.updatedAt),
});

const recordOf = ({ route, setVersion }: RouteInSet) => ({ record: recordRef.routeSet(routeSetIdOf(route)), version: setVersion });

/** Absent keys of a patch stay, null takes away. */
const laterFields = () => ({
  cost: z.number().min(0).max(1_000_000).nullable().optional(),
  hours: hoursField().nullable().optional(),
});
const warn = (tx: Transaction, { route }: RouteInSet) => warningsOfRoute(tx, route);

const createBody = z.object({
  prefix: prefixField(),
  trunk_group_id: uuidField(),
  priority: orderField().default(10),
  weight: orderField().default(1),
  account_id: uuidField().nullable().default(null),
  ...laterFields(),
});
const patchBody = z.object({
  prefix: prefixField().optional(),
  trunk_group_id: uuidField().optional(),
  priority: orderField().optional(),
  weight: orderField().optional(),
  ...laterFields(),
});

/** What a body says of cost and hours; null says nothing. */
const laterOf = ({ cost, hours }: Pick<z.infer<typeof patchBody>, 'cost' | 'hours'>) => ({
  ...(cost === undefined ? {} : { cost: cost ?? undefined }),
  ...(hours === undefined ? {} : { hours: hours === null ? undefined : hoursOf(hours) }),
});

function patchOf(body: z.infer<typeof patchBody>): Partial<Omit<OutboundRouteInput, 'accountId'>> {
  return {
    ...(body.prefix === undefined ? {} : { prefix: body.prefix }),
    ...(body.trunk_group_id === undefined ? {} : { trunkGroupId: body.trunk_group_id }),
    ...(body.priority === undefined ? {} : { priority: body.priority }),
    ...(body.weight === undefined ? {} : { weight: body.weight }),
    ...laterOf(body),
  };
}

const tag = 'Outbound routes';
const resource = 'outbound_route' as const;

/** Which carrier takes calls to which prefix. */
export const outboundRouteOperations = (deps: AdminDeps): AnyOperation[] => [
  createOutboundRouteOperation(deps),
  listOutboundRoutesOperation(deps),
  getOutboundRouteOperation(deps),
  updateOutboundRouteOperation(deps),
  deleteOutboundRouteOperation(deps),
];

const createOutboundRouteOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/outbound-routes',
    operationId: 'createOutboundRoute',
    summary: 'Send calls whose number starts with a prefix to a carrier trunk group.',
    tag,
    changes: true,
    body: createBody,
    responses: { 201: { description: 'The route.', schema: routeSchema } },
    async handle({ actor, body, wait }) {
      const { prefix, priority, weight, trunk_group_id: trunkGroupId, account_id: accountId } = body;
      const route = { prefix, priority, weight, trunkGroupId, accountId, ...laterOf(body) };
      const form: ChangeAnswer<RouteInSet> = {
        status: 201,
        body: ({ route: created }) => presentRoute(created),
        location: ({ route: created }) => `/outbound-routes/${created.id}`,
        record: recordOf,
      };
      return answerWarnedOnce(deps, actor, () => createOutboundRoute(deps, actor, route, wait), form, warn);
    },
  });

const listOutboundRoutesOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/outbound-routes',
    operationId: 'listOutboundRoutes',
    summary: 'List outbound routes.',
    tag,
    query: z.object({
      ...pageFields,
      account_id: uuidField().optional(),
      prefix: prefixField().optional(),
      trunk_group_id: uuidField().optional(),
    }),
    responses: { 200: { description: 'A page of routes.', schema: listSchema(routeSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
        ...(query.trunk_group_id === undefined ? {} : { trunkGroupId: query.trunk_group_id }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.routeSets.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentRoute) });
    },
  });

const getOutboundRouteOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/outbound-routes/:id',
    operationId: 'getOutboundRoute',
    summary: 'Get one outbound route.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The route.', schema: routeSchema } },
    async handle({ params }) {
      return deps.unitOfWork.read(async (tx) => {
        const route = await tx.routeSets.get(params.id);
        if (route === null) return err({ kind: 'not_found', resource } as const);
        const version = await tx.routeSets.version(routeSetIdOf(route));
        return ok({ status: 200, body: presentRoute(route), headers: { ETag: etagOf(version) } });
      });
    },
  });

const updateOutboundRouteOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/outbound-routes/:id',
    operationId: 'updateOutboundRoute',
    summary: 'Change prefix, trunk group, order, cost or hours of a route.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: patchBody,
    responses: { 200: { description: 'The route.', schema: routeSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      const done = await updateOutboundRoute(deps, actor, params.id, patchOf(body), { ifVersion, wait });
      return answerWarned(deps, done, { status: 200, body: ({ route }) => presentRoute(route), record: recordOf }, warn);
    },
  });

const deleteOutboundRouteOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/outbound-routes/:id',
    operationId: 'deleteOutboundRoute',
    summary: 'Take a route away.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, ifVersion, wait }) {
      const done = await deleteOutboundRoute(deps, actor, params.id, { ifVersion, wait });
      return answerChange(done, { status: 204, record: recordOf });
    },
  });
