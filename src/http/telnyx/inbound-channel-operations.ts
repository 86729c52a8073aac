import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import { accountOf } from '../../app/tenant.ts';
import { findTrunk, loginOf } from '../../app/trunk-groups/change-trunk.ts';
import { invalidBody } from '../../domain/request-refusal.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { connectionParams, read } from './connection-operations.ts';
import type { ConnectionDeps } from './connection-sorts.ts';
import { oneSchema } from './page.ts';
import { registeredTrunks, registrationWord } from './registration-status.ts';

/** What the account may use at once, and whether a login is registered. */
export const inboundChannelOperations = (deps: ConnectionDeps): AnyOperation[] => [channels(deps), update(deps), registration(deps)];

const channelsSchema = z.object({ record_type: z.literal('inbound_channels'), channels: z.int().nullable() });

/** Channels that the actor's account may use at once; null: without limit. */
const channelsOf = async ({ unitOfWork }: ConnectionDeps, actor: Actor): Promise<number | null> =>
  (await unitOfWork.read((tx) => tx.accounts.get(accountOf(actor).id)))?.limits?.channelsMax ?? null;

const answer = (count: number | null) => ok({ status: 200, body: { data: { record_type: 'inbound_channels', channels: count } } });

const channels = (deps: ConnectionDeps) =>
  operation({
    method: 'GET',
    path: '/inbound_channels',
    operationId: 'listInboundChannels',
    summary: 'List your inbound channels; the platform sets them',
    tag: 'Inbound Channels',
    need: read,
    responses: { 200: { description: 'Calls at once; null is without limit.', schema: oneSchema(channelsSchema) } },
    async handle({ actor }) {
      return answer(await channelsOf(deps, actor));
    },
  });

/** Takes only what is so already: channels are not for sale, the platform sets them (decision B33). */
const update = (deps: ConnectionDeps) =>
  operation({
    method: 'PATCH',
    path: '/inbound_channels',
    operationId: 'updateInboundChannels',
    summary: 'Update your inbound channels: refused unless it says what is so, as the platform sets them',
    tag: 'Inbound Channels',
    body: z.object({ channels: z.int().min(0) }),
    need: { role: 'admin', scope: 'endpoints:write' },
    responses: {
      200: { description: 'Calls at once, as they were.', schema: oneSchema(channelsSchema) },
      422: { description: 'Another number than there is' },
    },
    async handle({ actor, body }) {
      const there = await channelsOf(deps, actor);
      return body.channels === there ? answer(there) : err(SET_BY_PLATFORM);
    },
  });

const SET_BY_PLATFORM = invalidBody(['channels'], 'channels is set by the platform and cannot be changed here.', 'not_supported');

const registrationSchema = z.object({
  record_type: z.literal('registration_status'),
  status: z.enum(['Not Applicable', 'Not Registered', 'Failed', 'Expired', 'Registered', 'Unregistered']),
  sip_username: z.string(),
});

/** Whether a phone or switch is registered with a login of the connection, be it one made on demand. */
const registration = (deps: ConnectionDeps) =>
  operation({
    method: 'POST',
    path: '/credential_connections/:id/actions/check_registration_status',
    operationId: 'checkRegistrationStatus',
    summary: "Check a credential connection's registration status",
    tag: 'Credential Connections',
    resource: 'trunk_group',
    params: connectionParams,
    need: read,
    responses: {
      200: { description: 'The status.', schema: oneSchema(registrationSchema) },
      404: { description: 'No such connection of yours' },
    },
    async handle({ actor, params }) {
      const found = await findTrunk(deps, actor, { extId: params.id }, 'login');
      if (!found.ok) return found;
      const registered = await registeredTrunks(deps, [found.value]);
      const status = registrationWord(registered.has(found.value.group.id));
      return ok({
        status: 200,
        body: { data: { record_type: 'registration_status', status, sip_username: loginOf(found.value)?.username ?? '' } },
      });
    },
  });
