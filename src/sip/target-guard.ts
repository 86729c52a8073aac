import type { LocalRecords } from '../app/ports/routing.ts';
import type { Candidate } from '../domain/call.ts';
import type { IpPrefix } from '../domain/ip-address.ts';
import { recordRef } from '../domain/records.ts';
import { buildSourceIndex } from '../domain/source-index.ts';
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
  refusalOf(candidate: Candidate, hop: NextHop): Promise<TargetRefusal | null>;
}

type Records = ReturnType<LocalRecords['sources']>;

/** Builds the guard; carriers' addresses are gathered anew when the sources change. */
export function createTargetGuard(deps: TargetGuardDeps): TargetGuard {
  let known: { readonly of: Records; readonly policy: Promise<TargetPolicy> } | undefined;

  const gather = async (sources: Records): Promise<TargetPolicy> => {
    const carriers = sources.records.filter(({ groupKind, accountId }) => groupKind === 'carrier' && accountId === null);
    return {
      ownAddresses: deps.ownAddresses(),
      gatewayAddresses: await gatewaysOf(
        carriers.map(({ trunkGroupId }) => trunkGroupId),
        deps,
      ),
      carrierSources: buildSourceIndex(carriers),
      allowedNetworks: deps.allowedNetworks,
      loopbackAllowed: deps.loopbackAllowed,
    };
  };

  const policyNow = async (): Promise<TargetPolicy> => {
    const sources = deps.local.sources();
    if (known?.of !== sources) known = { of: sources, policy: gather(sources) };
    try {
      return { ...(await known.policy), ownAddresses: deps.ownAddresses() };
    } catch (error) {
      known = undefined;
      throw error;
    }
  };

  return {
    async refusalOf(candidate, hop) {
      if (isPlatformWritten(candidate, deps.local)) return null;
      return targetRefusal(hop, await policyNow());
    },
  };
}

/** Gateways of the platform's own groups are the platform's word; endpoints and tenants' gateways are not. */
function isPlatformWritten({ trunkGroupId, gatewayId }: Candidate, local: LocalRecords): boolean {
  if (trunkGroupId === null || gatewayId === null) return false;
  const group = local.peek(recordRef.trunkGroup(trunkGroupId))?.record;
  return group?.kind === 'trunk_group' && group.accountId === null;
}

async function gatewaysOf(groupIds: readonly string[], deps: TargetGuardDeps): Promise<GuardedAddress[]> {
  const refs = groupIds.map(recordRef.trunkGroup);
  await deps.local.fill(refs.filter((ref) => deps.local.peek(ref) === undefined));
  const uris = refs.flatMap((ref) => {
    const group = deps.local.peek(ref)?.record;
    return group?.kind === 'trunk_group' ? group.gateways.map(({ uri }) => uri) : [];
  });
  const hops = await Promise.all(uris.map((uri) => deps.resolver.resolve(uri)));
  return hops.filter((hop) => hop !== null).map(({ ip, port }) => ({ ip, port }));
}
