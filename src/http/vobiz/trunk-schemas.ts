import { z } from 'zod';
import { textField } from '../wire-fields.ts';
import { offsetFields, only } from './fields.ts';

/** A word in any case; lower case inside. */
const word = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(words));
const uuidText = () => textField(64).nullable().optional();
const isOff = (value: unknown): boolean => value === false || value === null;
const off = (name: string) => only(z.boolean().nullable(), isOff, `${name} is not available here.`);
const none = (name: string, instead = 'is not available here.') =>
  only(z.string().nullable(), (value) => value === null || value === '', `${name} ${instead}`);

const fields = {
  trunk_type: word('inbound', 'outbound', 'both').optional().describe('As trunk_direction.'),
  trunk_direction: word('inbound', 'outbound', 'both').optional(),
  trunk_status: word('enabled', 'disabled', 'active', 'inactive').optional(),
  enabled: z.boolean().optional().describe('As trunk_status.'),
  max_concurrent_calls: z.int().min(0).max(1000).optional().describe('As concurrent_calls_limit.'),
  concurrent_calls_limit: z.int().min(0).max(1000).optional(),
  cps_limit: z.int().min(1).max(100).optional(),
  description: textField(1000, 0).nullable().optional().describe('A label.'),
  credential_uuid: uuidText(),
  ipacl_uuid: uuidText(),
  primary_uri_uuid: uuidText(),
  fallback_uri_uuid: uuidText(),
  // Nothing acts on these (decision B33).
  transport: only(
    word('udp', 'tcp', 'tls'),
    (value) => value === 'udp',
    'Put the transport into the origination URI: sip:host;transport=tcp.',
  ),
  secure: off('secure'),
  trunk_domain: none('trunk_domain', 'is given, not chosen.'),
  inbound_destination: none('inbound_destination', 'is told by an origination URI: set primary_uri_uuid.'),
  recording: off('recording'),
  enable_transcription: off('enable_transcription'),
  pii_redaction: off('pii_redaction'),
  webhook_url: none('webhook_url'),
  webhook_method: only(z.string().nullable(), (value) => value === null || value === 'POST', 'webhook_method is not available here.'),
  recording_webhook_enabled: off('recording_webhook_enabled'),
};

/** `POST …/trunks`. */
export const createTrunkBody = z.object({ name: textField(100), ...fields });

/** `PUT …/trunks/{id}`: what is absent stays, null takes a credential, ACL or URI out. */
export const updateTrunkBody = z.object({ name: textField(100).optional(), ...fields });

export type TrunkBody = z.output<typeof updateTrunkBody>;

export const trunkParams = z.object({ auth_id: z.string(), trunk_id: z.string().max(64) });
export const partParams = z.object({ auth_id: z.string(), part_id: z.string().max(64) });
export const listQuery = z.object(offsetFields());

/** A trunk. Unset keys are absent. */
export const trunk = z.object({
  trunk_id: z.string(),
  account_id: z.string(),
  name: z.string(),
  trunk_domain: z.string(),
  trunk_status: z.enum(['active', 'inactive']),
  secure: z.boolean(),
  trunk_direction: z.enum(['inbound', 'outbound', 'both']),
  concurrent_calls_limit: z.int().optional(),
  cps_limit: z.number().optional(),
  description: z.string(),
  transport: z.string(),
  recording: z.boolean(),
  enable_transcription: z.boolean(),
  pii_redaction: z.boolean(),
  webhook_method: z.string(),
  recording_webhook_enabled: z.boolean(),
  credential_uuid: z.string().optional(),
  ipacl_uuid: z.string().optional(),
  primary_uri_uuid: z.string().optional(),
  fallback_uri_uuid: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A list as trunks and their parts have it. */
export const objectList = (row: z.ZodType) =>
  z.object({ meta: z.object({ limit: z.int(), offset: z.int(), total: z.int() }), objects: z.array(row) });

const label = () => textField(200, 0).optional().describe('A label.');
const description = () => textField(1000, 0).nullable().optional().describe('A label.');

/** `POST …/credentials`. */
export const createCredentialBody = z.object({
  username: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'Must be letters, digits, dots, dashes and underscores; at most 64.'),
  password: passwordField(),
  enabled: z.boolean().default(true),
  description: description(),
});

/** `PUT …/credentials/{id}`: the name stays. */
export const updateCredentialBody = z.object({
  password: passwordField().optional(),
  enabled: z.boolean().optional(),
  description: description(),
});

/** A password of a SIP login. */
export function passwordField() {
  return z
    .string()
    .min(8, 'At least 8 characters.')
    .max(128)
    .regex(/^[\x21-\x7e]+$/, 'Must be printable ASCII without spaces.');
}

export const credential = z.object({
  id: z.string(),
  account_id: z.string(),
  username: z.string(),
  password: z.literal('<redacted>'),
  realm: z.string(),
  enabled: z.boolean(),
  description: z.string().optional(),
  trunk_id: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});

// RFC 5737: addresses of examples are nobody's.
const EXAMPLES = /^(192\.0\.2|198\.51\.100|203\.0\.113)\./;
const address = () =>
  textField(64)
    .refine((text) => !text.includes('::') && !/^\[|:.*:/.test(text), 'Must be IPv4.')
    .refine((text) => !EXAMPLES.test(text), 'Is reserved for documentation (RFC 5737).');

/** `POST …/ip-acl`. */
export const createAclBody = z.object({
  name: textField(200).describe('A label.'),
  ip_address: address().describe('IPv4 or CIDR; also ip:port, which covers that port only.'),
  enabled: z.boolean().default(true),
  description: description(),
});

/** `PUT …/ip-acl/{id}`. */
export const updateAclBody = z.object({
  name: label(),
  ip_address: address().optional(),
  enabled: z.boolean().optional(),
  description: description(),
});

export const acl = z.object({
  id: z.string(),
  account_id: z.string(),
  name: z.string(),
  ip_address: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  trunk_id: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});

const order = () => z.int().min(0).max(65_535);
const uriTransport = () =>
  only(word('udp', 'tcp', 'tls'), (value) => value === 'udp', 'Put the transport into sip_uri: sip:host;transport=tcp.');

/** `POST …/origination-uris`. */
export const createUriBody = z.object({
  name: textField(200).describe('A label.'),
  sip_uri: textField(255),
  priority: order(),
  weight: order().default(10),
  enabled: z.boolean().default(true),
  transport: uriTransport(),
  description: description(),
});

/** `PUT …/origination-uris/{id}`. */
export const updateUriBody = z.object({
  name: label(),
  sip_uri: textField(255).optional(),
  uri: textField(255).optional().describe('As sip_uri.'),
  priority: order().optional(),
  weight: order().optional(),
  enabled: z.boolean().optional(),
  transport: uriTransport(),
  description: description(),
});

export const uri = z.object({
  id: z.string(),
  account_id: z.string(),
  name: z.string(),
  uri: z.string(),
  priority: z.int(),
  weight: z.int(),
  enabled: z.boolean(),
  transport: z.string(),
  description: z.string(),
  trunk_id: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
