import { z } from 'zod';
import { updateAnyProfile } from '../../app/trunk-groups/change-outbound-profile.ts';
import { hasPrefixes } from '../../domain/country-prefixes.ts';
import type { OutboundProfile } from '../../domain/trunk-group.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { channelFields, channelsSchema } from './fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const schema = z.object({
  id: z.string(),
  ext_id: z.string(),
  account_id: z.string(),
  mode: z.enum(['live', 'test']),
  name: z.string(),
  enabled: z.boolean(),
  ...channelsSchema,
  allowed_countries: z.array(z.string()).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

const present = (profile: OutboundProfile) => ({
  id: profile.id,
  ext_id: profile.extId,
  account_id: profile.accountId,
  mode: profile.mode,
  name: profile.name,
  enabled: profile.enabled,
  max_channels: profile.channelsMax,
  max_cps: profile.perSecondMax,
  allowed_countries: profile.allowedCountries,
  created_at: timeText(profile.createdAt),
  updated_at: timeText(profile.updatedAt),
});

const countriesField = () => z.array(z.string().refine(hasPrefixes, 'Must be a country as ISO 3166-1 alpha-2 writes it.')).max(300);
const body = z.object({ enabled: z.boolean().optional(), ...channelFields(), allowed_countries: countriesField().nullable().optional() });

const patchOf = ({ enabled, max_channels, max_cps, allowed_countries }: z.infer<typeof body>) => ({
  ...(enabled === undefined ? {} : { enabled }),
  ...(max_channels === undefined ? {} : { channelsMax: max_channels }),
  ...(max_cps === undefined ? {} : { perSecondMax: max_cps }),
  ...(allowed_countries === undefined ? {} : { allowedCountries: allowed_countries }),
});

const tag = 'Trunk groups';
const resource = 'outbound_profile' as const;

/** What the trunks of an account share about calls out; made by tenants, limited by the platform too. */
export const outboundProfileOperations = (deps: AdminDeps): AnyOperation[] => [list(deps), get(deps), update(deps)];

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/outbound-profiles',
    operationId: 'listOutboundProfiles',
    summary: 'List outbound profiles.',
    tag,
    query: z.object({ ...pageFields, account_id: uuidField().optional() }),
    responses: { 200: { description: 'A page of outbound profiles.', schema: listSchema(schema) } },
    async handle({ query }) {
      const filter = query.account_id === undefined ? {} : { accountId: query.account_id };
      const rows = await deps.unitOfWork.read((tx) => tx.outboundProfiles.listAfter(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, present) });
    },
  });

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/outbound-profiles/:id',
    operationId: 'getOutboundProfile',
    summary: 'Get one outbound profile; GET /limits/outbound-profile/{id} tells what is used of it.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The outbound profile.', schema } },
    async handle({ params }) {
      const profile = await deps.unitOfWork.read((tx) => tx.outboundProfiles.get(params.id));
      return profile === null ? err({ kind: 'not_found', resource } as const) : ok({ status: 200, body: present(profile) });
    },
  });

const update = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/outbound-profiles/:id',
    operationId: 'updateOutboundProfile',
    summary: 'Limit the calls out of all trunks with this profile together, and say which countries they may call.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body,
    responses: { 200: { description: 'The outbound profile.', schema } },
    async handle({ actor, params, body: given, wait }) {
      const done = await updateAnyProfile(deps, actor, params.id, patchOf(given), wait);
      return answerChange(done, { status: 200, body: ({ profile }) => present(profile) });
    },
  });
