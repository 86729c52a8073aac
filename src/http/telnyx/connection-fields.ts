import { z } from 'zod';
import { textField } from '../wire-fields.ts';
import { aniOverrideFields } from './ani-override.ts';
import { codecsField } from './connection-codecs.ts';
import { ipAuthenticationFields } from './ip-authentication.ts';

/** What nothing here acts on is refused by name unless it says what is so anyway (decision B33). */
export const fixed = (name: string, ...allowed: readonly unknown[]) =>
  z
    .any()
    .refine((value) => value === undefined || value === null || allowed.some((one) => JSON.stringify(one) === JSON.stringify(value)), {
      message: `${name} is not enforced here and cannot be set.`,
      params: { problem: 'not_supported' },
    })
    .optional()
    .meta({ description: 'Not enforced: refused when set to anything but its default.' });

const fixedAll = (defaults: Readonly<Record<string, readonly unknown[]>>) =>
  Object.fromEntries(Object.entries(defaults).map(([name, allowed]) => [name, fixed(name, ...allowed)]));

const off: readonly unknown[] = [false];
const listed = (...values: readonly [string, ...string[]]) =>
  z
    .string()
    .refine((text) => values.includes(text), { message: `Must be one of ${values.join(', ')}.`, params: { problem: 'not_listed' } });

/** An integer-string, as connections, addresses and profiles are named by. */
export const extIdField = () => textField(20);
const channelLimit = () =>
  z.int().min(0).max(1_000_000).nullable().optional().describe('Calls in both directions at once: inbound and outbound share one limit.');

const inbound = z
  .object({
    channel_limit: channelLimit(),
    codecs: codecsField(),
    dnis_number_format: listed('+e164', 'e164', 'national').nullable().optional(),
    default_primary_ip_id: extIdField().nullable().optional(),
    default_secondary_ip_id: extIdField().nullable().optional(),
    default_tertiary_ip_id: extIdField().nullable().optional(),
    default_primary_fqdn_id: extIdField().nullable().optional(),
    default_secondary_fqdn_id: extIdField().nullable().optional(),
    default_tertiary_fqdn_id: extIdField().nullable().optional(),
    ...fixedAll({
      ani_number_format: ['E.164-national'],
      default_routing_method: ['sequential'],
      timeout_1xx_secs: [3],
      timeout_2xx_secs: [90],
      sip_region: ['US'],
      sip_subdomain: [],
      sip_subdomain_receive_settings: ['from_anyone'],
      simultaneous_ringing: ['disabled'],
      generate_ringback_tone: off,
      isup_headers_enabled: off,
      prack_enabled: off,
      privacy_zone_enabled: off,
      shaken_stir_enabled: off,
      sip_compact_headers_enabled: [false, true],
    }),
  })
  .optional();

const outbound = z
  .object({
    outbound_voice_profile_id: extIdField().nullable().optional(),
    channel_limit: channelLimit(),
    ...fixedAll({
      call_parking_enabled: off,
      generate_ringback_tone: off,
      instant_ringback_enabled: off,
      localization: [],
      t38_reinvite_source: [],
      encrypted_media: [],
    }),
    ...ipAuthenticationFields,
    ...aniOverrideFields,
  })
  .optional();

/** What the three sorts of connections have in common. */
export const connectionFields = {
  connection_name: textField(100).optional(),
  active: z.boolean().optional(),
  tags: z.array(textField(100)).max(100).optional().describe('Labels.'),
  inbound,
  outbound,
  ...fixedAll({
    anchorsite_override: ['Latency'],
    transport_protocol: ['UDP'],
    dtmf_type: ['RFC 2833'],
    encrypted_media: [],
    default_on_hold_comfort_noise_enabled: [false, true],
    encode_contact_header_enabled: off,
    onnet_t38_passthrough_enabled: off,
    noise_suppression: ['disabled'],
    rtcp_settings: [],
    android_push_credential_id: [],
    ios_push_credential_id: [],
    microsoft_teams_sbc: off,
    sip_uri_calling_preference: ['disabled'],
    webhook_event_url: [''],
    webhook_event_failover_url: [''],
    webhook_api_version: ['1', '2'],
    webhook_timeout_secs: [],
  }),
};

/** The vendor forbids a digit in front, as such a name would be taken for a number (seed-apis A.10). */
const userName = () => z.string().regex(/^[A-Za-z][A-Za-z0-9]{3,63}$/, 'Must be letters and digits, beginning with a letter; 4 to 64.');
const password = () =>
  z
    .string()
    .min(8, 'At least 8 characters.')
    .max(128)
    .regex(/^[\x21-\x7e]+$/, 'Must be printable ASCII without spaces.');

export const credentialCreate = z.object({
  ...connectionFields,
  connection_name: textField(100),
  user_name: userName(),
  password: password(),
});
export const credentialUpdate = z.object({ ...connectionFields, user_name: userName().optional(), password: password().optional() });
export const ipCreate = z.object(connectionFields);
export const fqdnCreate = z.object({ ...connectionFields, connection_name: textField(100) });
export const connectionUpdate = z.object(connectionFields);

export type ConnectionBody = z.output<typeof credentialUpdate>;
