import { z } from 'zod';
import { textField } from '../wire-fields.ts';
import { offsetFields, only } from './fields.ts';
import { passwordField } from './trunk-schemas.ts';

const is = (name: string, wanted: boolean) => only(z.boolean(), (value) => value === wanted, `${name} is always ${wanted} here.`);

const fields = {
  alias: textField(200, 0).optional().describe('A label.'),
  // Nothing acts on these (decision B33).
  application: only(z.string().nullable(), (value) => value === null || value === '', 'A SIP user calls out by the routes of its account.'),
  app_id: only(z.string().nullable(), (value) => value === null || value === '', 'A SIP user calls out by the routes of its account.'),
  allow_voice: is('allow_voice', true),
  allow_message: is('allow_message', true),
  allow_video: is('allow_video', false),
  allow_same_domain: is('allow_same_domain', true),
  allow_other_domains: is('allow_other_domains', false),
  allow_phones: is('allow_phones', true),
  allow_apps: is('allow_apps', true),
};

/** `POST …/Endpoint/`. */
export const createEndpointBody = z.object({
  username: z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'Must be letters and digits; at most 64.'),
  password: passwordField(),
  ...fields,
});

/** `POST …/Endpoint/{id}/`: the name stays. */
export const updateEndpointBody = z.object({ password: passwordField().optional(), ...fields });

export const endpointParams = z.object({ auth_id: z.string(), endpoint_id: z.string().max(64) });
export const endpointQuery = z.object(offsetFields());

/** A SIP user. */
export const endpoint = z.object({
  endpoint_id: z.string(),
  username: z.string(),
  alias: z.string(),
  sip_uri: z.string(),
  sip_registered: z.enum(['true', 'false']),
  application: z.null(),
  sub_account: z.string().nullable(),
  allow_voice: z.boolean(),
  allow_message: z.boolean(),
  allow_video: z.boolean(),
  allow_same_domain: z.boolean(),
  allow_other_domains: z.boolean(),
  allow_phones: z.boolean(),
  allow_apps: z.boolean(),
  resource_uri: z.string(),
});

export const endpointList = z.object({
  api_id: z.string(),
  meta: z.object({
    limit: z.int(),
    offset: z.int(),
    total_count: z.int(),
    next: z.string().nullable(),
    previous: z.string().nullable(),
  }),
  objects: z.array(endpoint),
});
export const endpointMade = endpoint.extend({ api_id: z.string(), message: z.literal('created') });
export const endpointChanged = z.object({ api_id: z.string(), message: z.literal('changed') });
