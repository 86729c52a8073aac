import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import type { TrunkFilter } from '../../app/ports/trunk-groups.ts';
import type { LoginDeps } from '../../app/sip-credentials/change-login.ts';
import { type Passwords, readPasswords } from '../../app/sip-credentials/read-passwords.ts';
import type { RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import { accountOf } from '../../app/tenant.ts';
import { findTrunk, loginOf } from '../../app/trunk-groups/change-trunk.ts';
import { type ShownTrunk, showTrunk } from '../../app/trunk-groups/show-trunk.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Answer, AnyOperation } from '../operation.ts';
import { operation } from '../operation.ts';
import { textField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { connectionSchema, presentConnection } from './present-connection.ts';
import { registeredTrunks } from './registration-status.ts';

export const connectionParams = z.object({ id: z.string().regex(/^[0-9]{1,19}$/) });
export const read = { scope: 'endpoints:read' } as const;
export const write = { role: 'admin', scope: 'endpoints:write' } as const;

const SORTS = { created_at: 'created_at', connection_name: 'name', active: 'enabled' } as const;
const sorts = ['created_at', '-created_at', 'connection_name', '-connection_name', 'active', '-active'] as const;

/** The query of every list of connections; 250 a page unless told otherwise (seed-apis A.0). */
export const connectionsQuery = listQuery({
  ...pageFields(250),
  'filter[connection_name][contains]': textField(100).optional(),
  'filter[fqdn]': textField(255).optional(),
  'filter[outbound_voice_profile_id]': textField(20).optional(),
  sort: enumText(sorts).optional(),
});

type ConnectionsQuery = z.output<typeof connectionsQuery>;

/** Connections of every sort (decision B9). */
export const connectionOperations = (deps: LoginDeps & RegistrationDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/connections',
    operationId: 'listConnections',
    summary: 'List connections',
    tag: 'Connections',
    query: connectionsQuery,
    need: read,
    responses: { 200: { description: 'A page of connections of every sort.', schema: listSchema(connectionSchema) } },
    handle: ({ actor, query }) => answerList(deps, actor, query, {}),
  }),
  operation({
    method: 'GET',
    path: '/connections/:id',
    operationId: 'retrieveConnection',
    summary: 'Retrieve a connection',
    tag: 'Connections',
    resource: 'trunk_group',
    params: connectionParams,
    need: read,
    responses: {
      200: { description: 'The connection.', schema: oneSchema(connectionSchema) },
      404: { description: 'No such connection of yours' },
    },
    handle: async ({ actor, params }) => {
      const found = await findTrunk(deps, actor, { extId: params.id });
      if (!found.ok) return found;
      const registered = await registeredTrunks(deps, [found.value]);
      return ok({ status: 200, body: { data: presentConnection(found.value, NO_PASSWORDS, registered) } });
    },
  }),
];

/** Connections of every sort are shown without their secrets. */
const NO_PASSWORDS: Passwords = new Map();

/** A page of connections; passwords where the list is of one sort, and the caller may see them. */
export async function answerList(
  deps: LoginDeps & RegistrationDeps,
  actor: Actor,
  query: ConnectionsQuery,
  { identifiedBy }: Pick<TrunkFilter, 'identifiedBy'>,
): Promise<Result<Answer, RequestRefusal>> {
  const { rows, total } = await deps.unitOfWork.read(async (tx) => {
    const profileExtId = query['filter[outbound_voice_profile_id]'];
    const profile = profileExtId === undefined ? undefined : await tx.outboundProfiles.byExtId(profileExtId);
    // What names nothing fits nothing.
    if (profile === null) return { rows: [], total: 0 };
    const filter = {
      accountId: accountOf(actor).id,
      mode: actor.mode,
      ...given('identifiedBy', identifiedBy),
      ...given('nameHas', query['filter[connection_name][contains]']),
      ...given('host', query['filter[fqdn]']),
      ...given('profileId', profile?.id),
      ...given('sort', sortBy(query.sort)),
    };
    const page = await tx.trunkGroups.listOwn(filter, offsetOf(query));
    const shown: ShownTrunk[] = [];
    for (const group of page.rows) shown.push(await showTrunk(tx, group));
    return { rows: shown, total: page.total };
  });
  const logins = identifiedBy === 'login' ? rows.flatMap((shown) => loginOf(shown) ?? []) : [];
  const passwords = await readPasswords(deps, actor, logins);
  if (!passwords.ok) return passwords;
  const registered = await registeredTrunks(deps, rows);
  const data = rows.map((shown) => presentConnection(shown, passwords.value, registered));
  return ok({ status: 200, body: { data, meta: metaOf(query, total) } });
}

function sortBy(sort: (typeof sorts)[number] | undefined): TrunkFilter['sort'] | undefined {
  if (sort === undefined) return undefined;
  const isDown = sort.startsWith('-');
  const key = SORTS[(isDown ? sort.slice(1) : sort) as keyof typeof SORTS];
  return isDown ? `-${key}` : key;
}
