import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import {
  createOutboundProfile,
  deleteOutboundProfile,
  findOutboundProfile,
  type UsedProfile,
  updateOutboundProfile,
} from '../../app/trunk-groups/change-outbound-profile.ts';
import type { TrunkDeps } from '../../app/trunk-groups/change-trunk.ts';
import { hasPrefixes } from '../../domain/country-prefixes.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { textField, timeText } from '../wire-fields.ts';
import { fixed } from './connection-fields.ts';
import { connectionParams as params, read, write } from './connection-operations.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

const TAG = 'Outbound Voice Profiles';
const COLLECTION = '/outbound_voice_profiles';
const ONE = `${COLLECTION}/:id`;
const resource = 'outbound_profile' as const;

const profileSchema = z.object({
  id: z.string(),
  record_type: z.literal('outbound_voice_profile'),
  name: z.string(),
  enabled: z.boolean(),
  concurrent_call_limit: z.int().nullable(),
  whitelisted_destinations: z.array(z.string()).optional(),
  connections_count: z.int(),
  traffic_type: z.string(),
  service_plan: z.string(),
  usage_payment_method: z.string(),
  daily_spend_limit_enabled: z.boolean(),
  tags: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
});

const countriesField = () =>
  z.array(z.string().refine(hasPrefixes, 'Must be a country as ISO 3166-1 alpha-2 writes it, in upper case.')).max(300);

const fields = {
  enabled: z.boolean().optional().describe('false: connections with this profile only receive calls.'),
  concurrent_call_limit: z
    .int()
    .min(0)
    .max(1_000_000)
    .nullable()
    .optional()
    .describe('Calls out at once of all connections that use the profile together.'),
  whitelisted_destinations: countriesField()
    .nullable()
    .optional()
    .describe('Countries that may be called (ISO 3166-1 alpha-2); null: any.'),
  tags: z.array(textField(100)).max(100).optional().describe('Labels.'),
  // Nothing acts on these (decisions B33, C23).
  traffic_type: fixed('traffic_type', 'conversational'),
  service_plan: fixed('service_plan', 'global'),
  usage_payment_method: fixed('usage_payment_method', 'rate-deck'),
  max_destination_rate: fixed('max_destination_rate'),
  daily_spend_limit: fixed('daily_spend_limit'),
  daily_spend_limit_enabled: fixed('daily_spend_limit_enabled', false),
  call_recording: fixed('call_recording'),
  billing_group_id: fixed('billing_group_id'),
  calling_window: fixed('calling_window'),
};

const createBody = z.object({ name: textField(200, 3), ...fields });
const updateBody = z.object({ name: textField(200, 3).optional(), ...fields });

/** What connections may do with their calls out. */
export const outboundVoiceProfileOperations = (deps: TrunkDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
];

const present = ({ profile, uses }: UsedProfile) => ({
  id: profile.extId,
  record_type: 'outbound_voice_profile',
  name: profile.name,
  enabled: profile.enabled,
  concurrent_call_limit: profile.channelsMax,
  ...(profile.allowedCountries === null ? {} : { whitelisted_destinations: [...profile.allowedCountries] }),
  connections_count: uses,
  traffic_type: 'conversational',
  service_plan: 'global',
  usage_payment_method: 'rate-deck',
  daily_spend_limit_enabled: false,
  tags: profile.tags,
  created_at: timeText(profile.createdAt),
  updated_at: timeText(profile.updatedAt),
});

const patchOf = (body: z.output<typeof updateBody>) => ({
  ...given('enabled', body.enabled),
  ...given('channelsMax', body.concurrent_call_limit),
  ...given('allowedCountries', body.whitelisted_destinations),
  ...given('tags', body.tags),
});

const list = (deps: TrunkDeps) =>
  operation({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listOutboundVoiceProfiles',
    summary: 'Get all outbound voice profiles',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[name][contains]': textField(200).optional(),
      sort: enumText(['created_at', '-created_at']).default('-created_at'),
    }),
    need: read,
    responses: { 200: { description: 'A page of profiles.', schema: listSchema(profileSchema) } },
    async handle({ actor, query }) {
      const filter = {
        accountId: accountOf(actor).id,
        mode: actor.mode,
        newestFirst: query.sort === '-created_at',
        ...given('name', query['filter[name][contains]']),
      };
      const { rows, total } = await deps.unitOfWork.read(async (tx) => {
        const page = await tx.outboundProfiles.list(filter, offsetOf(query));
        const used: UsedProfile[] = [];
        for (const profile of page.rows) used.push({ profile, uses: (await tx.outboundProfiles.groupsUsing(profile.id)).length });
        return { rows: used, total: page.total };
      });
      return ok({ status: 200, body: { data: rows.map(present), meta: metaOf(query, total) } });
    },
  });

const create = (deps: TrunkDeps) =>
  operation({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createOutboundVoiceProfile',
    summary: 'Create an outbound voice profile',
    tag: TAG,
    body: createBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The profile.', schema: oneSchema(profileSchema) }, 422: { description: 'A bad field' } },
    handle({ actor, body, wait }) {
      const run = () => createOutboundProfile(deps, actor, { ...patchOf(body), name: body.name }, wait);
      return answerOnce(actor, run, ({ value, propagation }) => ({
        status: 201,
        body: { data: present(value) },
        headers: propagationHeaders(propagation, null),
      }));
    },
  });

const get = (deps: TrunkDeps) =>
  operation({
    method: 'GET',
    path: ONE,
    operationId: 'retrieveOutboundVoiceProfile',
    summary: 'Retrieve an outbound voice profile',
    tag: TAG,
    resource,
    params,
    need: read,
    responses: { 200: { description: 'The profile.', schema: oneSchema(profileSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id } }) {
      const found = await findOutboundProfile(deps, actor, id);
      return found.ok ? ok({ status: 200, body: { data: present(found.value) } }) : found;
    },
  });

const update = (deps: TrunkDeps) =>
  operation({
    method: 'PATCH',
    path: ONE,
    operationId: 'updateOutboundVoiceProfile',
    summary: 'Update an outbound voice profile, and with it the connections that use it',
    tag: TAG,
    resource,
    params,
    body: updateBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'The profile.', schema: oneSchema(profileSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id }, body, wait }) {
      const done = await updateOutboundProfile(deps, actor, id, { ...patchOf(body), ...given('name', body.name) }, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: { data: present(done.value.value) }, headers: propagationHeaders(done.value.propagation, null) });
    },
  });

const remove = (deps: TrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteOutboundVoiceProfile',
    summary: 'Delete an outbound voice profile that no connection uses',
    tag: TAG,
    resource,
    params,
    need: write,
    changes: true,
    responses: { 200: { description: 'As it was.', schema: oneSchema(profileSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id }, wait }) {
      const done = await deleteOutboundProfile(deps, actor, id, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: { data: present(done.value.value) }, headers: propagationHeaders(done.value.propagation, null) });
    },
  });
