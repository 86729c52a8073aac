import { z } from 'zod';
import type { Changed } from '../../app/change.ts';
import type { Passwords } from '../../app/sip-credentials/read-passwords.ts';
import { loginOf } from '../../app/trunk-groups/change-trunk.ts';
import type { ShownTrunk } from '../../app/trunk-groups/show-trunk.ts';
import { recordRef } from '../../domain/records.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { timeText } from '../wire-fields.ts';
import { presentAniOverride } from './ani-override.ts';
import { codecWords } from './connection-codecs.ts';
import { presentIpAuthentication } from './ip-authentication.ts';

/** The sorts of connections by how their peer says who it is. */
export const RECORD_TYPES = { login: 'credential_connection', address: 'ip_connection', name: 'fqdn_connection' } as const;
export type Sort = keyof typeof RECORD_TYPES;

const FORMATS = { e164_plus: '+e164', e164: 'e164', national: 'national' } as const;

/** The group's own word for a `dnis_number_format`. */
export const numberFormatOf = (text: string | null | undefined): TrunkGroup['numberFormat'] | undefined =>
  text === undefined
    ? undefined
    : text === null
      ? null
      : ((Object.entries(FORMATS).find(([, word]) => word === text)?.[0] as 'e164') ?? null);

/** A connection in an answer; what else the vendor shows is at its default here. */
export const connectionSchema = z.looseObject({
  id: z.string(),
  record_type: z.string(),
  connection_name: z.string(),
  active: z.boolean(),
  user_name: z.string().optional(),
  password: z.string().optional(),
  sip_domain: z.string().optional().describe('Where the login is good: the digest realm.'),
  tags: z.array(z.string()),
  inbound: z.looseObject({ channel_limit: z.int().nullable() }),
  outbound: z.looseObject({
    channel_limit: z.int().nullable(),
    outbound_voice_profile_id: z.string().nullable(),
    ani_override: z.string(),
    ani_override_type: z.string(),
  }),
  created_at: z.string(),
  updated_at: z.string(),
});

export const sortOf = ({ identifiedBy }: TrunkGroup): Sort => identifiedBy ?? 'address';

/** The parts of a connection that can be its primary, secondary and tertiary. */
export const targetsOf = (sort: Sort, parts: readonly TrunkPart[]): readonly TrunkPart[] =>
  parts.filter(({ kind, port }) => (sort === 'address' ? kind === 'address' && port !== null : sort === 'name' && kind === 'uri'));

function defaultsOf(sort: Sort, parts: readonly TrunkPart[]) {
  const word = sort === 'address' ? 'ip' : 'fqdn';
  if (sort === 'login') return {};
  const [primary = null, secondary = null, tertiary = null] = targetsOf(sort, parts);
  return {
    [`default_primary_${word}_id`]: primary?.extId ?? null,
    [`default_secondary_${word}_id`]: secondary?.extId ?? null,
    [`default_tertiary_${word}_id`]: tertiary?.extId ?? null,
    default_routing_method: 'sequential',
  };
}

/** A connection; its password where the caller may see it. */
export function presentConnection(shown: ShownTrunk, passwords: Passwords) {
  const { group, parts } = shown;
  const sort = sortOf(group);
  const login = sort === 'login' ? loginOf(shown) : null;
  const password = login === null ? undefined : passwords.get(login.id);
  const channelLimit = group.limits?.channelsMax ?? null;
  return {
    id: group.extId,
    record_type: RECORD_TYPES[sort],
    connection_name: group.name,
    active: group.enabled,
    ...(login === null ? {} : { user_name: login.username, sip_domain: login.realm }),
    ...(password === undefined ? {} : { password }),
    anchorsite_override: 'Latency',
    ...(sort === 'login' ? { sip_uri_calling_preference: 'disabled' } : { transport_protocol: 'UDP' }),
    default_on_hold_comfort_noise_enabled: false,
    dtmf_type: 'RFC 2833',
    encode_contact_header_enabled: false,
    encrypted_media: null,
    onnet_t38_passthrough_enabled: false,
    tags: group.tags ?? [],
    webhook_event_url: null,
    webhook_event_failover_url: null,
    webhook_api_version: '1',
    webhook_timeout_secs: null,
    inbound: {
      ani_number_format: 'E.164-national',
      channel_limit: channelLimit,
      codecs: codecWords(group.terms?.codecs),
      dnis_number_format: FORMATS[group.numberFormat ?? 'e164_plus'],
      ...defaultsOf(sort, parts),
    },
    outbound: {
      channel_limit: channelLimit,
      outbound_voice_profile_id: group.profile?.extId ?? null,
      ...presentAniOverride(group.defaultCaller),
      ...(sort === 'address' ? presentIpAuthentication(group.marks) : {}),
    },
    created_at: timeText(group.createdAt),
    updated_at: timeText(group.updatedAt),
  };
}

/** The headers of a changed connection (decision B17). */
export const connectionHeaders = ({ group }: { readonly group: TrunkGroup | null }, propagation: Changed<unknown>['propagation']) =>
  propagationHeaders(propagation, group === null ? null : { record: recordRef.trunkGroup(group.id), version: group.version });
