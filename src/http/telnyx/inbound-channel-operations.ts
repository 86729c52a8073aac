import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { findTrunk, loginOf } from '../../app/trunk-groups/change-trunk.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { connectionParams, read } from './connection-operations.ts';
import type { ConnectionDeps } from './connection-sorts.ts';
import { oneSchema } from './page.ts';

/** What the account may use at once, and whether a login is registered. */
export const inboundChannelOperations = (deps: ConnectionDeps): AnyOperation[] => [channels(deps), registration(deps)];

const channelsSchema = z.object({ record_type: z.literal('inbound_channels'), channels: z.int().nullable() });

const channels = ({ unitOfWork }: ConnectionDeps) =>
  operation({
    method: 'GET',
    path: '/inbound_channels',
    operationId: 'listInboundChannels',
    summary: 'List your inbound channels; the platform sets them',
    tag: 'Inbound Channels',
    need: read,
    responses: { 200: { description: 'Calls at once; null is without limit.', schema: oneSchema(channelsSchema) } },
    async handle({ actor }) {
      const account = await unitOfWork.read((tx) => tx.accounts.get(accountOf(actor).id));
      return ok({ status: 200, body: { data: { record_type: 'inbound_channels', channels: account?.limits?.channelsMax ?? null } } });
    },
  });

const registrationSchema = z.object({
  record_type: z.literal('registration_status'),
  status: z.enum(['Not Applicable', 'Not Registered', 'Failed', 'Expired', 'Registered', 'Unregistered']),
  sip_username: z.string(),
});

/** Nothing takes registrations yet, so nobody is registered. */
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
      const login = loginOf(found.value);
      return ok({
        status: 200,
        body: { data: { record_type: 'registration_status', status: 'Not Registered', sip_username: login?.username ?? '' } },
      });
    },
  });
