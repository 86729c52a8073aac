import { z } from 'zod';
import {
  createOutboundRoute,
  deleteOutboundRoute,
  type OutboundRouteInput,
  updateOutboundRoute,
} from '../../app/outbound-routes/change-outbound-route.ts';
import type { StoredOutboundRoute } from '../../domain/trunk-group.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const PREFIX = /^(=?[0-9]{1,15}|)$/;
const prefixField = () =>
  z.string().regex(PREFIX, 'Digits without +, at most 15; =112 for exactly that dial string; empty for every number.');
const orderField = () => z.number().int().min(0).max(65535);
/** Nothing sorts by cost yet, so it cannot be set (decision B33). */
const costField = z.undefined({ error: 'cost is not enforced yet and cannot be set.' }).optional().meta({ type: 'null' });

const routeSchema = z.object({
  id: z.string(),
  prefix: z.string(),
  trunk_group_id: z.string(),
  priority: z.number().int(),
  weight: z.number().int(),
  account_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

const presentRoute = (route: StoredOutboundRoute) => ({
  id: route.id,
  prefix: route.prefix,
  trunk_group_id: route.trunkGroupId,
  priority: route.priority,
  weight: route.weight,
  account_id: route.accountId,
  created_at: timeText(route.createdAt),
  updated_at: timeText(route.updatedAt),
});

const createBody = z.object({
  prefix: prefixField(),
  trunk_group_id: uuidField(),
  priority: orderField().default(10),
  weight: orderField().default(1),
  account_id: uuidField().nullable().default(null),
  cost: costField,
});
const patchBody = z.object({
  prefix: prefixField().optional(),
  trunk_group_id: uuidField().optional(),
  priority: orderField().optional(),
  weight: orderField().optional(),
  cost: costField,
});

function patchOf(body: z.infer<typeof patchBody>): Partial<Omit<OutboundRouteInput, 'accountId'>> {
  return {
    ...(body.prefix === undefined ? {} : { prefix: body.prefix }),
    ...(body.trunk_group_id === undefined ? {} : { trunkGroupId: body.trunk_group_id }),
    ...(body.priority === undefined ? {} : { priority: body.priority }),
    ...(body.weight === undefined ? {} : { weight: body.weight }),
  };
}

const tag = 'Outbound routes';
const resource = 'outbound_route' as const;

/** Which carrier takes calls to which prefix. */
export function outboundRouteOperations(deps: AdminDeps): AnyOperation[] {
  return [
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
        return answerChange(await createOutboundRoute(deps, actor, { prefix, priority, weight, trunkGroupId, accountId }, wait), {
          status: 201,
          body: presentRoute,
          location: ({ id }) => `/outbound-routes/${id}`,
        });
      },
    }),
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
    }),
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
        const route = await deps.unitOfWork.read((tx) => tx.routeSets.get(params.id));
        return route === null ? err({ kind: 'not_found', resource }) : ok({ status: 200, body: presentRoute(route) });
      },
    }),
    operation({
      method: 'PATCH',
      path: '/outbound-routes/:id',
      operationId: 'updateOutboundRoute',
      summary: 'Change prefix, trunk group, priority or weight of a route.',
      tag,
      resource,
      changes: true,
      params: idParams,
      body: patchBody,
      responses: { 200: { description: 'The route.', schema: routeSchema } },
      async handle({ actor, params, body, wait }) {
        return answerChange(await updateOutboundRoute(deps, actor, params.id, patchOf(body), wait), { status: 200, body: presentRoute });
      },
    }),
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
      async handle({ actor, params, wait }) {
        return answerChange(await deleteOutboundRoute(deps, actor, params.id, wait), { status: 204 });
      },
    }),
  ];
}
