import { type GatewayTerms, termsMember } from '../domain/gateway-terms.ts';
import type { LoginName } from '../domain/login-name.ts';
import { marksMember, type SourceMarks } from '../domain/source-marks.ts';
import type { Gateway, TrunkGroup } from '../domain/trunk-group.ts';
import { type DefaultCallerColumns, defaultCallerOf } from './default-caller-columns.ts';
import { type LimitColumns, limitsOf } from './limit-columns.ts';

/** A trunk group as the driver returns it. */
export interface TrunkGroupRow extends LimitColumns, DefaultCallerColumns {
  id: string;
  ext_id: string;
  name: string;
  kind: TrunkGroup['kind'];
  account_id: string | null;
  mode: TrunkGroup['mode'];
  enabled: boolean;
  number_format: TrunkGroup['numberFormat'];
  country: string | null;
  direction: TrunkGroup['direction'] | null;
  told_by: TrunkGroup['identifiedBy'];
  profile_id: string | null;
  profile_ext_id: string | null;
  profile_enabled: boolean | null;
  profile_max_channels: number | null;
  profile_max_cps: number | null;
  profile_allowed_countries: string[] | null;
  description: string | null;
  tags: string[];
  logins: LoginName[] | null;
  gateways: (Omit<Gateway, 'limits' | 'terms'> & LimitColumns & { readonly terms: GatewayTerms | null })[];
  acl: string[];
  marks: SourceMarks | null;
  terms: GatewayTerms | null;
  version: number;
  source_version: number;
  created_at: number;
  updated_at: number;
}

/** How a group's peer says who it is: as it was made, else by its login, a gateway with a name for host, or its addresses. */
export const TOLD_BY = `coalesce(g.identified_by, case
    when exists (select from sip_credentials c where c.trunk_group_id = g.id and c.purpose = 'trunk') then 'login'
    when exists (select from gateways w where w.trunk_group_id = g.id and w.uri ~ '[@:][A-Za-z0-9.-]*[A-Za-z-][A-Za-z0-9.-]*(:[0-9]+|;.*)*$')
      then 'name'
    else 'address' end)`;

/** Everything of trunk groups; `g` are the groups. */
export const SELECT_TRUNK_GROUP = `select g.id, g.ext_id::text, g.name, g.kind, g.account_id, g.mode, g.enabled, g.number_format, g.country, g.version,
    g.created_at, g.updated_at, g.max_channels, g.max_cps, g.max_call_seconds, g.minutes_per_day, g.direction, g.description, g.tags, g.terms,
    g.default_caller, g.default_caller_use,
    ${TOLD_BY} as told_by, p.id as profile_id, p.ext_id::text as profile_ext_id, p.enabled as profile_enabled, p.max_channels as profile_max_channels,
    p.max_cps as profile_max_cps, p.allowed_countries as profile_allowed_countries, s.acl, s.marks, s.version as source_version,
    (select json_agg(json_build_object('realm', c.realm, 'username', c.username) order by c.created_at, c.id) from sip_credentials c
      where c.trunk_group_id = g.id and c.purpose = 'trunk') as logins,
    coalesce((select json_agg(json_build_object('id', w.id, 'uri', w.uri, 'priority', w.priority, 'weight', w.weight,
      'enabled', w.enabled, 'max_channels', w.max_channels, 'max_cps', w.max_cps,
      'max_call_seconds', w.max_call_seconds, 'terms', w.terms) order by w.position) from gateways w where w.trunk_group_id = g.id), '[]') as gateways
  from trunk_groups g join sources s on s.trunk_group_id = g.id left join outbound_profiles p on p.id = g.outbound_profile_id`;

/** Turns a row into the trunk group of the domain. */
export const toTrunkGroup = (row: TrunkGroupRow): TrunkGroup => ({
  id: row.id,
  extId: row.ext_id,
  name: row.name,
  kind: row.kind,
  accountId: row.account_id,
  mode: row.mode,
  enabled: row.enabled,
  numberFormat: row.number_format,
  country: row.country,
  gateways: row.gateways.map(({ max_channels, max_cps, max_call_seconds, terms, ...gateway }) => ({
    ...gateway,
    ...limitsOf({ max_channels, max_cps, max_call_seconds }),
    ...termsMember(terms ?? undefined),
  })),
  acl: row.acl,
  version: row.version,
  sourceVersion: row.source_version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...(row.logins === null ? {} : { logins: row.logins }),
  ...limitsOf(row),
  ...marksMember(row.marks ?? undefined),
  ...termsMember(row.terms ?? undefined),
  ...(row.direction === null ? {} : { direction: row.direction }),
  // A carrier is told by its addresses, and has no words of its own for it.
  ...(row.kind === 'customer' ? { identifiedBy: row.told_by } : {}),
  ...profileOf(row),
  ...defaultCallerOf(row),
  ...(row.description === null ? {} : { description: row.description }),
  ...(row.tags.length === 0 ? {} : { tags: row.tags }),
});

function profileOf(row: TrunkGroupRow): Pick<TrunkGroup, 'profile'> {
  if (row.profile_id === null || row.profile_ext_id === null) return {};
  const { profile_id: id, profile_ext_id: extId, profile_max_channels: channelsMax, profile_max_cps: perSecondMax } = row;
  const allowedCountries = row.profile_allowed_countries;
  return { profile: { id, extId, enabled: row.profile_enabled === true, channelsMax, perSecondMax, allowedCountries } };
}
