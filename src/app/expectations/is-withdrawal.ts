import { isDeepStrictEqual } from 'node:util';
import type { EndpointRecord, NumberRecord, RouteRecord, SourceRecord, TrunkGroupRecord } from '../../domain/records.ts';

type Less<R> = (before: R, after: R) => boolean;

/** All is as it was but what `changed` names. */
const only = <R extends RouteRecord>(before: R, after: R, ...changed: readonly (keyof R)[]): boolean => {
  const rest = (record: R) => JSON.parse(JSON.stringify({ ...record, ...Object.fromEntries(changed.map((key) => [key, null])) }));
  return isDeepStrictEqual(rest(before), rest(after));
};

const lessOfNumber: Less<NumberRecord> = (before, after) =>
  only(before, after, 'lifecycle', 'suspendedBy', 'allowInbound', 'allowOutbound', 'endpointId', 'trunkGroupId') &&
  (after.lifecycle === before.lifecycle || after.lifecycle === 'suspended' || after.lifecycle === 'releasing') &&
  before.suspendedBy.every((who) => after.suspendedBy.includes(who)) &&
  (before.allowInbound || !after.allowInbound) &&
  (before.allowOutbound || !after.allowOutbound) &&
  (after.endpointId === null || after.endpointId === before.endpointId) &&
  (after.trunkGroupId === null || after.trunkGroupId === before.trunkGroupId);

/** Switched off, or fewer gateways. */
function lessOfGroup(before: TrunkGroupRecord, after: TrunkGroupRecord): boolean {
  const known = new Map(before.gateways.map((gateway) => [gateway.id, gateway]));
  const areLess = after.gateways.every((gateway) => {
    const was = known.get(gateway.id);
    return was !== undefined && isDeepStrictEqual({ ...was, enabled: was.enabled && gateway.enabled }, gateway);
  });
  return only(before, after, 'enabled', 'gateways') && areLess && (before.enabled || !after.enabled);
}

const lessOfSource: Less<SourceRecord> = (before, after) =>
  only(before, after, 'acl', 'watched') && after.acl.every((entry) => before.acl.includes(entry));

/** Switched off, or fewer places that it hands calls on to. */
function lessOfEndpoint(before: EndpointRecord, after: EndpointRecord): boolean {
  const isLess = after.fallback === undefined || isDeepStrictEqual(after.fallback, before.fallback);
  const isOff = after.status === 'inactive' || before.status === 'active';
  return only(before, after, 'status', 'route', 'fallback') && isLess && isOff && lessOfRoute(before.route, after.route);
}

function lessOfRoute(before: EndpointRecord['route'], after: EndpointRecord['route']): boolean {
  if (after === undefined || isDeepStrictEqual(after, before)) return true;
  if (before?.kind !== 'schedule' || after.kind !== 'schedule') return false;
  const less = (was: string | null, is: string | null): boolean => is === null || is === was;
  const rules = after.rules.map((rule, at) => ({ ...rule, endpointId: before.rules[at]?.endpointId ?? null }));
  return (
    isDeepStrictEqual({ ...after, rules, otherwise: before.otherwise }, before) &&
    less(before.otherwise, after.otherwise) &&
    after.rules.every(({ endpointId }, at) => less(before.rules[at]?.endpointId ?? null, endpointId))
  );
}

/**
 * True where somebody only takes away what is his: a login revoked, a number given back, a thing switched off. What was gone before is
 * not given back again, and of routes nothing is only taken away: the call would take another.
 */
export function isWithdrawal(before: RouteRecord | null, after: RouteRecord | null): boolean {
  if (before === null) return after === null;
  if (after === null) return before.kind !== 'route_set';
  if (before.kind === 'number' && after.kind === 'number') return lessOfNumber(before, after);
  if (before.kind === 'trunk_group' && after.kind === 'trunk_group') return lessOfGroup(before, after);
  if (before.kind === 'source' && after.kind === 'source') return lessOfSource(before, after);
  if (before.kind === 'endpoint' && after.kind === 'endpoint') return lessOfEndpoint(before, after);
  if (before.kind === 'account' && after.kind === 'account') {
    return only(before, after, 'status') && (after.status === 'disabled' || before.status === 'active');
  }
  if (before.kind === 'credential' && after.kind === 'credential') {
    const isNoLonger = (after.expiresAt ?? Infinity) <= (before.expiresAt ?? Infinity);
    return only(before, after, 'enabled', 'expiresAt', 'sealedHa1', 'digest') && isNoLonger && (before.enabled || !after.enabled);
  }
  return false;
}
