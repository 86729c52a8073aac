import { z } from 'zod';
import { integerText, textField, uuidField } from '../wire-fields.ts';
import { oneOf } from './aliases.ts';

const TYPES = ['webhook', 'agent', 'vapi', 'retell', 'livekit', 'elevenlabs', 'vogent', 'custom_sip', 'direct_sip'] as const;
const OFFSET_MAX = 1_000_000;

/** `sip_uri` and `livekit_sip_uri` decide where calls go; the rest are labels of the provider's side. */
const providerConfig = z.strictObject({
  sip_uri: textField(255).optional(),
  livekit_sip_uri: textField(255).optional(),
  livekit_sip_trunk_id: textField(255).optional(),
  elevenlabs_agent_id: textField(255).optional(),
  assistant_id: textField(255).optional(),
  agent_id: textField(255).optional(),
});

const fields = {
  name: textField(100),
  type: z.enum(TYPES),
  url: textField(255).describe('SIP URI of custom_sip and direct_sip endpoints.'),
  provider_config: providerConfig,
  providerConfig: providerConfig.optional().meta({ deprecated: true }),
};

/** `GET /endpoints`. */
export const listEndpointsQuery = z.object({
  type: z.enum(TYPES).optional(),
  status: z.enum(['active', 'inactive', 'error']).optional(),
  limit: integerText(1, 100).default(50),
  offset: integerText(0, OFFSET_MAX).default(0),
});

/** A url is dialled for SIP types only; elsewhere it would be accepted and never used (decision B33). */
function onlySipUrl(context: z.core.ParsePayload<{ type?: string | undefined; url?: string | null | undefined }>): void {
  const { type, url } = context.value;
  if (url === undefined || url === null || type === undefined || type === 'custom_sip' || type === 'direct_sip') return;
  context.issues.push({
    code: 'custom',
    path: ['url'],
    message: `Nothing uses the url of a ${type} endpoint; give provider_config.sip_uri.`,
    params: { problem: 'not_supported' },
    input: context.value,
  });
}

/** `POST /endpoints`. */
export const createEndpointBody = z
  .strictObject({
    ...fields,
    url: fields.url.optional(),
    provider_config: providerConfig.optional(),
    status: z.enum(['active', 'inactive']).optional(),
    phone_number_id: uuidField().optional().describe('A number of yours that shall ring this endpoint.'),
    phoneNumberId: uuidField().optional().meta({ deprecated: true }),
  })
  .check(oneOf(['provider_config', 'providerConfig'], ['phone_number_id', 'phoneNumberId']), onlySipUrl)
  .transform((body) => ({
    name: body.name,
    type: body.type,
    url: body.url ?? null,
    providerConfig: body.provider_config ?? body.providerConfig ?? {},
    status: body.status ?? ('active' as const),
    numberId: body.phone_number_id ?? body.phoneNumberId ?? null,
  }));

/** `PATCH /endpoints/{id}`. */
export const updateEndpointBody = z
  .strictObject({
    name: fields.name.optional(),
    type: fields.type.optional(),
    url: fields.url.nullable().optional(),
    provider_config: providerConfig.optional(),
    providerConfig: fields.providerConfig,
    status: z.enum(['active', 'inactive']).optional(),
  })
  .check(oneOf(['provider_config', 'providerConfig']), onlySipUrl)
  .transform((body) => ({
    name: body.name,
    type: body.type,
    url: body.url,
    providerConfig: body.provider_config ?? body.providerConfig,
    status: body.status,
  }));

export const endpoint = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  url: z.string().nullable(),
  provider_config: z.record(z.string(), z.unknown()),
  status: z.enum(['active', 'inactive', 'error']),
  organization_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const endpointList = z.object({ endpoints: z.array(endpoint), total: z.int(), limit: z.int(), offset: z.int() });
