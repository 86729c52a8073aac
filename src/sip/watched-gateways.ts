import type { LocalRecords } from '../app/ports/routing.ts';
import { type GatewayTerms, mergedTerms } from '../domain/gateway-terms.ts';
import { recordRef } from '../domain/records.ts';
import type { TargetGuard } from './target-guard.ts';
import type { NextHop, TargetResolver } from './targets.ts';

/** A gateway that is looked after between calls. */
export interface WatchedGateway {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly uri: string;
  readonly terms: GatewayTerms;
}

/** The enabled gateways of all groups that are looked after, as the records stand now. */
export async function watchedGateways(local: LocalRecords): Promise<readonly WatchedGateway[]> {
  const ids = local
    .sources()
    .records.filter(({ watched }) => watched === true)
    .map(({ trunkGroupId }) => trunkGroupId);
  const refs = ids.map(recordRef.trunkGroup);
  const missing = refs.filter((ref) => local.peek(ref) === undefined);
  if (missing.length > 0) await local.fill(missing);
  return refs.flatMap((ref) => {
    const group = local.peek(ref)?.record;
    if (group?.kind !== 'trunk_group' || !group.enabled) return [];
    return group.gateways.flatMap(({ id, uri, enabled, terms: own }) => {
      const terms = mergedTerms(own, group.terms);
      return enabled && terms !== undefined ? [{ gatewayId: id, trunkGroupId: group.id, uri, terms }] : [];
    });
  });
}

/** Where a gateway is, if anybody may send there (decision C6); null: nowhere. */
export async function hopOf(
  { gatewayId, trunkGroupId, uri }: WatchedGateway,
  { resolver, guard }: { readonly resolver: TargetResolver; readonly guard: TargetGuard },
): Promise<NextHop | null> {
  const hop = await resolver.resolve(uri);
  return hop === null || (await guard.refusalOf({ gatewayId, trunkGroupId }, hop)) !== null ? null : hop;
}
