import type { Changed } from '../../app/change.ts';
import { accountRealm } from '../../app/sip-credentials/create-sip-user.ts';
import { placesOf } from '../../app/trunk-groups/attach-to-trunk.ts';
import { loginOf } from '../../app/trunk-groups/change-trunk.ts';
import type { ChangedPart } from '../../app/trunk-groups/change-trunk-part.ts';
import type { ShownTrunk } from '../../app/trunk-groups/show-trunk.ts';
import { recordRef } from '../../domain/records.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { timeText } from '../wire-fields.ts';

/** Whose it is, and where its peers register and send to. */
export interface TrunkOwner {
  readonly authId: string;
  readonly sipDomain: string;
}

/** A trunk. Its domain is the realm of its account, the one that its credentials are good in (decision C13). */
export function presentTrunk(shown: ShownTrunk, { authId, sipDomain }: TrunkOwner) {
  const { group } = shown;
  const { address, primary, fallback } = placesOf(shown.parts);
  const login = loginOf(shown);
  const { channelsMax = null, perSecondMax = null } = group.limits ?? {};
  return {
    trunk_id: group.id,
    account_id: authId,
    name: group.name,
    trunk_domain: accountRealm(authId, sipDomain),
    trunk_status: group.enabled ? 'active' : 'inactive',
    secure: false,
    trunk_direction: group.direction ?? 'both',
    ...(channelsMax === null ? {} : { concurrent_calls_limit: channelsMax }),
    ...(perSecondMax === null ? {} : { cps_limit: perSecondMax }),
    description: group.description ?? '',
    transport: 'udp',
    recording: false,
    enable_transcription: false,
    pii_redaction: false,
    webhook_method: 'POST',
    recording_webhook_enabled: false,
    ...(login === null ? {} : { credential_uuid: login.id }),
    ...(address === null ? {} : { ipacl_uuid: address.id }),
    ...(primary === null ? {} : { primary_uri_uuid: primary.id }),
    ...(fallback === null ? {} : { fallback_uri_uuid: fallback.id }),
    created_at: timeText(group.createdAt),
    updated_at: timeText(group.updatedAt),
  };
}

/** A credential of a trunk; its password is never told. */
export const presentCredential = (login: SipCredential, { authId }: TrunkOwner) => ({
  id: login.id,
  account_id: authId,
  username: login.username,
  password: '<redacted>',
  realm: login.realm,
  enabled: login.enabled,
  ...(login.description === undefined ? {} : { description: login.description }),
  ...(login.trunkGroupId === undefined ? {} : { trunk_id: login.trunkGroupId }),
  created_at: timeText(login.createdAt),
  updated_at: timeText(login.updatedAt),
});

const common = (part: TrunkPart, { authId }: TrunkOwner) => ({
  id: part.id,
  account_id: authId,
  name: part.name ?? '',
  description: part.description ?? '',
  enabled: part.enabled,
  ...(part.trunkGroupId === null ? {} : { trunk_id: part.trunkGroupId }),
  created_at: timeText(part.createdAt),
  updated_at: timeText(part.updatedAt),
});

/** An entry of an ACL. */
export const presentAcl = (part: TrunkPart, owner: TrunkOwner) => ({ ...common(part, owner), ip_address: part.value });

/** Where calls of numbers go to. */
export const presentUri = (part: TrunkPart, owner: TrunkOwner) => ({
  ...common(part, owner),
  uri: part.value,
  priority: part.priority,
  weight: part.weight,
  transport: /;transport=(tcp|tls)\b/i.exec(part.value)?.[1]?.toLowerCase() ?? 'udp',
});

/** A page of a list with its place. */
export const objectsBody = <T>(page: { readonly limit: number; readonly offset: number }, total: number, objects: readonly T[]) => ({
  meta: { limit: page.limit, offset: page.offset, total },
  objects,
});

const groupVersion = (group: TrunkGroup | null) =>
  group === null ? null : { record: recordRef.trunkGroup(group.id), version: group.version };

/** The headers of a changed trunk, part or login (decision B17). */
export const trunkHeaders = ({ value, propagation }: Changed<ShownTrunk>) => propagationHeaders(propagation, groupVersion(value.group));
export const partHeaders = ({ value, propagation }: Changed<ChangedPart>) => propagationHeaders(propagation, groupVersion(value.group));
export const loginHeaders = (propagation: Changed<unknown>['propagation'], { realm, username, version }: SipCredential) =>
  propagationHeaders(propagation, { record: recordRef.credential(realm, username), version });
