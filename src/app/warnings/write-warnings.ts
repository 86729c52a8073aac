import type { Endpoint } from '../../domain/endpoint.ts';
import { endpointIdsOf } from '../../domain/endpoint-route.ts';
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

/** Of a trunk group: nothing can be sent there, or its default caller may not be presented. */
export const warningsOfGroup = async (tx: Reading, group: TrunkGroup): Promise<readonly WriteWarning[]> => [
  ...(await ofGroup(tx, group)),
  ...(await ofDefaultCaller(tx, group)),
];

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
  const same = beside.find((other) => other.id !== route.id && other.trunkGroupId === route.trunkGroupId);
  if (same !== undefined)
    warnings.push(warning('route_duplicate', `Route ${same.id} sends the same prefix to the same trunk group already.`));
  if (prefix.startsWith('=')) return warnings.slice(0, WARNINGS_MAX);
  const longer = Array.from('0123456789', (digit) => prefix + digit);
  const shorter = Array.from(prefix, (_, dropped) => prefix.slice(0, prefix.length - 1 - dropped));
  // One trip: with an Idempotency-Key the set is locked while this is asked.
  const taken = await tx.routeSets.taken(accountId, [...longer, ...shorter]);
  if (longer.every((one) => taken.has(one))) {
    warnings.push(warning('route_shadowed', `Every number behind prefix ${prefix || '(any)'} has a longer one: this route never wins.`));
  }
  const from = shorter.find((one) => taken.has(one));
  if (from !== undefined) {
    const detail = `Numbers behind ${prefix} no longer take the routes of prefix ${from || '(any)'}, not even when this one fails.`;
    warnings.push(warning('prefix_shadowed', detail));
  }
  return warnings.slice(0, WARNINGS_MAX);
}

/** Of an endpoint: it is off, has no target, names SIP users that are not there, or hands calls on to where nobody is rung. */
export const warningsOfEndpoint =
  (sipDomain: string) =>
  async (tx: Reading, endpoint: Endpoint): Promise<readonly WriteWarning[]> => {
    if (endpoint.status !== 'active') return [warning('endpoint_inactive', 'The endpoint is inactive: it rings nobody.')];
    const { route } = endpoint;
    const warnings = route === undefined ? await ofTargets(tx, endpoint, sipDomain) : [];
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

async function ofTargets(tx: Reading, { targets }: Endpoint, sipDomain: string): Promise<WriteWarning[]> {
  if (targets.length === 0) return [warning('endpoint_without_targets', 'The endpoint has no targets: it rings nobody.')];
  const warnings: WriteWarning[] = [];
  for (const { uri } of targets.slice(0, WARNINGS_MAX)) {
    const [, realm, ...name] = userNamed(uri, sipDomain)?.split(':') ?? [];
    if (realm === undefined || (await tx.credentials.byLogin(realm, name.join(':'))) !== null) continue;
    warnings.push(warning('sip_user_unknown', `${uri} names a SIP user that does not exist.`));
  }
  return warnings;
}

/** Of an owned number: calls in that end nowhere, calls out without any route. */
export const warningsOfNumber =
  (sipDomain: string) =>
  async (tx: Reading, number: PhoneNumber): Promise<readonly WriteWarning[]> => {
    const { holder, endpointId, trunkGroupId } = number;
    if (holder === null) return [];
    const warnings: WriteWarning[] = [];
    if (number.allowInbound) {
      if (endpointId === null && trunkGroupId === null) {
        warnings.push(warning('number_without_destination', 'The number takes calls and has no endpoint or trunk group to ring.'));
      }
      const endpoint = endpointId === null ? null : await tx.endpoints.get(endpointId);
      if (endpoint !== null) warnings.push(...(await warningsOfEndpoint(sipDomain)(tx, endpoint)));
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
