import type { LocalRecords } from '../app/ports/routing.ts';
import { type GatewayTerms, mergedTerms } from '../domain/gateway-terms.ts';
import { recordRef } from '../domain/records.ts';
import type { ReceivedReply, SipServer } from './sip-stack.ts';
import type { TargetGuard } from './target-guard.ts';
import { ADDRESSES_MAX, type NextHop, type TargetResolver } from './targets.ts';

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

interface HopDeps {
  readonly resolver: TargetResolver;
  readonly guard: TargetGuard;
}

const UNAVAILABLE = 503;

/**
 * Asks a gateway at the addresses of its name in turn, as calls do (ADR 18): silence and 503 go on to the next one (RFC 3263 §4.3).
 * `askAt` asks at one address, which anybody may send to (decision C6). Resolves with null where nobody answered.
 */
export async function askInTurn(
  { gatewayId, trunkGroupId, uri }: WatchedGateway,
  server: SipServer,
  { resolver, guard }: HopDeps,
  askAt: (hop: NextHop) => Promise<ReceivedReply | null>,
): Promise<ReceivedReply | null> {
  let last: ReceivedReply | null = null;
  for (const hop of (await resolver.resolveAll(uri)).slice(0, ADDRESSES_MAX)) {
    if ((await guard.refusalOf({ gatewayId, trunkGroupId }, hop)) !== null) continue;
    const reply = await askAt(hop);
    // Our own connection broke: that says nothing of the address.
    if (reply === null && !server.connected) return null;
    if (reply !== null && reply.status !== UNAVAILABLE) {
      resolver.answered(hop);
      return reply;
    }
    resolver.failed(hop);
    last = reply ?? last;
  }
  return last;
}
