import type { Endpoint } from '../../domain/endpoint.ts';
import { endpointIdsOf } from '../../domain/endpoint-route.ts';
import { forbiddenPlace, type PlaceRules } from '../../domain/forbidden-place.ts';
import { covers, mayOverlap } from '../../domain/hours-overlap.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { userNamed } from '../../domain/registered-user.ts';
import { trunkGroupRecord } from '../../domain/render-record.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { StoredOutboundRoute, TrunkGroup } from '../../domain/trunk-group.ts';
import { findDefaultCaller, type Presenting } from '../numbers/check-default-caller.ts';
import type { Transaction } from '../ports/store.ts';

/** Something that was written as asked and will hardly do what was meant. */
export interface WriteWarning {
  readonly code: string;
  readonly detail: string;
}

type Reading = Pick<Transaction, 'trunkGroups' | 'endpoints' | 'numbers' | 'routeSets' | 'credentials' | 'accounts'>;

/** What warnings of places rest on. */
export interface WarningRules {
  readonly sipDomain: string;
  readonly claims: PlaceRules;
}

const WARNINGS_MAX = 10;
const ROUTES_MAX = 50;
const warning = (code: string, detail: string): WriteWarning => ({ code, detail });

/** Of a group that calls are to leave by: its gateways alone count. */
function ofGateways(group: TrunkGroup | null): WriteWarning[] {
  if (group === null) return [];
  if (!group.enabled) return [warning('trunk_group_disabled', `Trunk group ${group.name} is disabled: no call goes through it.`)];
  if (group.gateways.some(({ enabled }) => enabled)) return [];
  return [warning('trunk_group_without_gateways', `Trunk group ${group.name} has no enabled gateway: no call can be sent there.`)];
}

/** Of a group that numbers ring: one without gateways is rung where its logins registered (ADR 27). */
async function ofGroup(tx: Reading, group: TrunkGroup | null): Promise<WriteWarning[]> {
  const warnings = ofGateways(group);
  if (group === null || !group.enabled || warnings.length === 0 || trunkGroupRecord(group).logins === undefined) return warnings;
  const logins = await tx.credentials.ofTrunkGroup(group.id);
  if (logins.some(({ purpose, enabled }) => purpose === 'trunk' && enabled)) return [];
  return [
    warning('trunk_group_logins_disabled', `No login of trunk group ${group.name} is enabled: nobody can register to be rung there.`),
  ];
}

/** Of a trunk group: nothing can be sent there, nobody is known by its marks, or its default caller may not be presented. */
export const warningsOfGroup =
  (rules: WarningRules) =>
  async (tx: Reading, group: TrunkGroup): Promise<readonly WriteWarning[]> => {
    // Gateways of the platform's own groups are its word (decision C6).
    const places = group.accountId === null ? [] : group.gateways.flatMap(({ uri, enabled }) => (enabled ? [uri] : []));
    const warnings = [
      ...(await ofGroup(tx, group)),
      ...(await ofMarks(tx, group)),
      ...ofPlaces(places, rules),
      ...(await ofDefaultCaller(tx, group)),
    ];
    return warnings.slice(0, WARNINGS_MAX);
  };

async function ofMarks(tx: Reading, { id, acl, marks = {} }: TrunkGroup): Promise<WriteWarning[]> {
  const { token, techPrefix, domain, registered } = marks;
  const warnings: WriteWarning[] = [];
  if (acl.length === 0 && (token ?? techPrefix ?? domain) !== undefined) {
    const detail =
      'Token, tech_prefix and sip_domain tell callers of the addresses in acl apart, and there are none: they identify nobody.';
    warnings.push(warning('marks_without_acl', detail));
  }
  if (registered && (await tx.credentials.ofTrunkGroup(id)).every(({ enabled }) => !enabled)) {
    const detail = 'The group is told by where its logins are registered, and it has no login that is enabled.';
    warnings.push(warning('registration_without_login', detail));
  }
  return warnings;
}

const ofPlaces = (uris: readonly string[], rules: WarningRules): WriteWarning[] =>
  uris.flatMap((uri) => {
    const why = forbiddenPlace(uri, rules.claims);
    return why === null ? [] : [warning('target_forbidden', `No call is sent to ${uri}: ${why.replaceAll('_', ' ')}.`)];
  });

/** Of a SIP user: its default caller may not be presented. */
export const warningsOfUser = (tx: Reading, { accountId, subAccountId, ...login }: SipCredential): Promise<readonly WriteWarning[]> =>
  ofDefaultCaller(tx, { ...login, accountId: subAccountId ?? accountId });

async function ofDefaultCaller(tx: Reading, presenting: Presenting): Promise<WriteWarning[]> {
  const { defaultCaller } = presenting;
  if (defaultCaller === undefined) return [];
  const number = await findDefaultCaller(tx, presenting);
  if (number?.allowOutbound === true && number.suspendedBy.length === 0) return [];
  const why = number === null ? 'is no number of the account any more' : number.allowOutbound ? 'is suspended' : 'may not call out';
  return [warning('default_caller_unusable', `The default caller ${defaultCaller.e164} ${why}: calls go as if there were none.`)];
}

/** Of an outbound route: what it takes calls from, who takes all of its own, and a group that takes none. */
export async function warningsOfRoute(tx: Reading, route: StoredOutboundRoute): Promise<readonly WriteWarning[]> {
  const { prefix, accountId } = route;
  const warnings = ofGateways(await tx.trunkGroups.get(route.trunkGroupId));
  const beside = await tx.routeSets.list({ accountId, prefix }, { limit: ROUTES_MAX, after: null });
  const isSame = (other: StoredOutboundRoute) => other.id !== route.id && other.trunkGroupId === route.trunkGroupId;
  const same = beside.find((other) => isSame(other) && covers(other.hours, route.hours));
  if (same !== undefined)
    warnings.push(warning('route_duplicate', `Route ${same.id} sends the same prefix to the same trunk group already.`));
  if (prefix.startsWith('=')) return warnings.slice(0, WARNINGS_MAX);
  const longer = Array.from('0123456789', (digit) => prefix + digit);
  const shorter = Array.from(prefix, (_, dropped) => prefix.slice(0, prefix.length - 1 - dropped));
  // One trip: with an Idempotency-Key the set is locked while this is asked.
  const taken = await tx.routeSets.taken(accountId, [...longer, ...shorter]);
  // Outside its hours a route is as good as not there.
  const isCovered = (one: string) => taken.get(one)?.some((hours) => covers(hours, route.hours)) === true;
  if (longer.every(isCovered)) {
    warnings.push(warning('route_shadowed', `Every number behind prefix ${prefix || '(any)'} has a longer one: this route never wins.`));
  }
  const from = shorter.find((one) => taken.get(one)?.some((hours) => mayOverlap(hours, route.hours)));
  if (from !== undefined) {
    const when = route.hours === undefined ? '' : 'Within its hours ';
    const detail = `${when}${when === '' ? 'Numbers' : 'numbers'} behind ${prefix} no longer take the routes of prefix ${from || '(any)'}, not even when this one fails.`;
    warnings.push(warning('prefix_shadowed', detail));
  }
  return warnings.slice(0, WARNINGS_MAX);
}

/** Of an endpoint: it is off, has no target, names SIP users that are not there or addresses that no call is sent to, or hands calls on to where nobody is rung. */
export const warningsOfEndpoint =
  (rules: WarningRules) =>
  async (tx: Reading, endpoint: Endpoint): Promise<readonly WriteWarning[]> => {
    if (endpoint.status !== 'active') return [warning('endpoint_inactive', 'The endpoint is inactive: it rings nobody.')];
    const { route } = endpoint;
    const warnings = route === undefined ? await ofTargets(tx, endpoint, rules) : [];
    if (route?.kind === 'trunk_group') warnings.push(...(await ofGroup(tx, await tx.trunkGroups.get(route.trunkGroupId))));
    for (const id of endpointIdsOf(endpoint).slice(0, WARNINGS_MAX)) {
      const next = await tx.endpoints.get(id);
      if (next !== null && next.status === 'active' && (next.targets.length > 0 || next.route !== undefined)) continue;
      warnings.push(
        warning('next_endpoint_rings_nobody', `Endpoint ${next?.name ?? id} is inactive or has no targets: nobody is rung there.`),
      );
    }
    return warnings.slice(0, WARNINGS_MAX);
  };

async function ofTargets(tx: Reading, { targets }: Endpoint, rules: WarningRules): Promise<WriteWarning[]> {
  if (targets.length === 0) return [warning('endpoint_without_targets', 'The endpoint has no targets: it rings nobody.')];
  const tried = targets.slice(0, WARNINGS_MAX).map(({ uri }) => uri);
  const warnings = ofPlaces(tried, rules);
  for (const uri of tried) {
    const [, realm, ...name] = userNamed(uri, rules.sipDomain)?.split(':') ?? [];
    if (realm === undefined || (await tx.credentials.byLogin(realm, name.join(':'))) !== null) continue;
    warnings.push(warning('sip_user_unknown', `${uri} names a SIP user that does not exist.`));
  }
  return warnings;
}

/** Of an owned number: calls in that end nowhere, calls out without any route. */
export const warningsOfNumber =
  (rules: WarningRules) =>
  async (tx: Reading, number: PhoneNumber): Promise<readonly WriteWarning[]> => {
    const { holder, endpointId, trunkGroupId } = number;
    if (holder === null) return [];
    const warnings: WriteWarning[] = [];
    if (number.allowInbound) {
      if (endpointId === null && trunkGroupId === null) {
        warnings.push(warning('number_without_destination', 'The number takes calls and has no endpoint or trunk group to ring.'));
      }
      const endpoint = endpointId === null ? null : await tx.endpoints.get(endpointId);
      if (endpoint !== null) warnings.push(...(await warningsOfEndpoint(rules)(tx, endpoint)));
      if (trunkGroupId !== null) warnings.push(...(await ofGroup(tx, await tx.trunkGroups.get(trunkGroupId))));
    }
    if (number.allowOutbound && !(await hasRoutes(tx, [holder.subAccountId, holder.ownerAccountId, null]))) {
      warnings.push(warning('number_without_route', 'The number may call out and there is no outbound route at all.'));
    }
    return warnings.slice(0, WARNINGS_MAX);
  };

async function hasRoutes(tx: Reading, owners: readonly (string | null)[]): Promise<boolean> {
  for (const accountId of new Set(owners)) {
    const rows = await tx.routeSets.list({ accountId }, { limit: 1, after: null });
    if (rows.length > 0) return true;
  }
  return false;
}
