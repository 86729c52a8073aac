import type { LocalRecords } from '../app/ports/routing.ts';
import type { Candidate } from '../domain/call.ts';
import type { IpPrefix } from '../domain/ip-address.ts';
import { recordRef } from '../domain/records.ts';
import { buildSourceIndex, type SourceIndex } from '../domain/source-index.ts';
import { type GuardedAddress, type TargetPolicy, type TargetRefusal, targetRefusal } from '../domain/target-policy.ts';
import type { NextHop, TargetResolver } from './targets.ts';

/** What guarding needs. */
export interface TargetGuardDeps {
  readonly local: LocalRecords;
  readonly resolver: TargetResolver;
  /** Where our SIP servers listen, external address included. */
  readonly ownAddresses: () => readonly GuardedAddress[];
  readonly allowedNetworks: readonly IpPrefix[];
  readonly loopbackAllowed: boolean;
}

/** Says whether a target may be dialled, by the address it leads to (decision C6). */
export interface TargetGuard {
  refusalOf(candidate: Pick<Candidate, 'trunkGroupId' | 'gatewayId'>, hop: NextHop): Promise<TargetRefusal | null>;
}

/** A target that is of no trunk group: it may be what anybody may dial, and nothing else. */
export const NOBODYS = { trunkGroupId: null, gatewayId: null } as const;

/** Names of gateways may move, and gateways change without their group's ACL: what was gathered is looked at anew this often. */
const GATHERED_MS = 1000;

/** The ACLs of carriers as an index, built once per load of the sources. */
function carriersOf(local: LocalRecords): () => { readonly groupIds: readonly string[]; readonly index: SourceIndex } {
  let built: { readonly of: unknown; readonly groupIds: readonly string[]; readonly index: SourceIndex } | undefined;
  return () => {
    const sources = local.sources();
    if (built?.of !== sources) {
      const carriers = sources.records.filter(({ groupKind, accountId }) => groupKind === 'carrier' && accountId === null);
      built = { of: sources, groupIds: carriers.map(({ trunkGroupId }) => trunkGroupId), index: buildSourceIndex(carriers) };
    }
    return built;
  };
}

/** Builds the guard; gateways' addresses are gathered anew when a carrier group changes, and at the latest after a second. */
export function createTargetGuard(deps: TargetGuardDeps): TargetGuard {
  const carriersNow = carriersOf(deps.local);
  let known: { readonly of: readonly unknown[]; readonly until: number; readonly addresses: Promise<GuardedAddress[]> } | undefined;

  const gatewaysNow = async (groupIds: readonly string[]): Promise<GuardedAddress[]> => {
    const groups = groupIds.map((id) => deps.local.peek(recordRef.trunkGroup(id)));
    const held = known;
    const same = held?.of.length === groups.length && groups.every((group, at) => group !== undefined && group === held.of[at]);
    if (held !== undefined && same && held.until > performance.now()) return await held.addresses;
    const addresses = gatewaysOf(groupIds, deps);
    known = { of: groups, until: performance.now() + GATHERED_MS, addresses };
    try {
      return await addresses;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };

  return {
    async refusalOf(candidate, hop) {
      if (isPlatformWritten(candidate, deps.local)) return null;
      const { groupIds, index } = carriersNow();
      const policy: TargetPolicy = {
        ownAddresses: deps.ownAddresses(),
        gatewayAddresses: await gatewaysNow(groupIds),
        carrierSources: index,
        allowedNetworks: deps.allowedNetworks,
        loopbackAllowed: deps.loopbackAllowed,
      };
      return targetRefusal(hop, policy);
    },
  };
}

/** Gateways of the platform's own groups are the platform's word; endpoints and tenants' gateways are not. */
function isPlatformWritten({ trunkGroupId, gatewayId }: Pick<Candidate, 'trunkGroupId' | 'gatewayId'>, local: LocalRecords): boolean {
  if (trunkGroupId === null || gatewayId === null) return false;
  // The current copy goes whenever the subscription breaks, between the decision and here too; whose a group is does not change.
  const group = local.lastKnown(recordRef.trunkGroup(trunkGroupId))?.record;
  return group?.kind === 'trunk_group' && group.accountId === null;
}

async function gatewaysOf(groupIds: readonly string[], deps: TargetGuardDeps): Promise<GuardedAddress[]> {
  const refs = groupIds.map(recordRef.trunkGroup);
  await deps.local.fill(refs.filter((ref) => deps.local.peek(ref) === undefined));
  const uris = refs.flatMap((ref) => {
    const group = deps.local.peek(ref)?.record;
    return group?.kind === 'trunk_group' ? group.gateways.map(({ uri }) => uri) : [];
  });
  const hops = await Promise.all(uris.map((uri) => deps.resolver.resolveAll(uri)));
  return hops.flat().map(({ ip, port }) => ({ ip, port }));
}
