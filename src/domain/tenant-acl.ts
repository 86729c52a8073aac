import { type AclEntry, parseAclEntry } from './acl-entry.ts';
import { CLOSED_NETWORKS, type ClosedNetwork, LOOPBACK } from './closed-networks.ts';
import { type IpPrefix, parseIp, prefixHolds } from './ip-address.ts';
import type { SourceMarks } from './source-marks.ts';
import type { GuardedAddress } from './target-policy.ts';

/** Addresses that others are known by. */
export interface ClaimedSources {
  readonly trunkGroupId: string;
  readonly kind: string;
  readonly accountId: string | null;
  readonly acl: readonly string[];
  readonly marks?: SourceMarks;
}

/** What no tenant's calls come from, whoever else is known by it (ADR 0012). */
export interface ClaimRules {
  /** Where we are reached. */
  readonly ownAddresses: readonly GuardedAddress[];
  /** `sip.target_networks`: private and reserved networks that tenants live in here. */
  readonly allowedNetworks: readonly IpPrefix[];
  /** Only while nobody but this machine reaches us at all (decision C6). */
  readonly loopbackAllowed: boolean;
}

/** A claim that was refused, and why; for the platform. */
export interface RefusedClaim {
  readonly entry: string;
  readonly because: string;
}

const BITS_MIN = { 4: 24, 6: 48 } as const;

const overlap = (one: IpPrefix, other: IpPrefix): boolean =>
  one.family === other.family && (one.bits <= other.bits ? prefixHolds(one, other) : prefixHolds(other, one));

const samePort = (one: AclEntry, other: AclEntry): boolean => one.port === null || other.port === null || one.port === other.port;

const OPENABLE: readonly ClosedNetwork[] = ['private', 'reserved'];

function closedTo({ prefix, port }: AclEntry, { ownAddresses, allowedNetworks, loopbackAllowed }: ClaimRules): string | null {
  const isOwn = ownAddresses.some((own) => {
    const address = parseIp(own.ip);
    return address !== null && prefixHolds(prefix, address) && (port === null || own.port === null || own.port === port);
  });
  if (isOwn) return 'own_address';
  if (!loopbackAllowed && LOOPBACK.some((network) => overlap(network, prefix))) return 'loopback';
  const [kind] = CLOSED_NETWORKS.find(([, network]) => overlap(network, prefix)) ?? [null];
  if (kind === null) return null;
  const isOpened =
    OPENABLE.includes(kind) && allowedNetworks.some((network) => network.bits <= prefix.bits && prefixHolds(network, prefix));
  return isOpened ? null : kind;
}

/**
 * The first entry that a tenant may not claim (decision C21, ADR 0012): a block that is too wide, one that nobody outside calls from, and
 * one that touches addresses of the platform's carriers or of another account, whose calls would then be taken for this tenant's. null:
 * all are fine. Entries have been parsed before.
 */
export function forbiddenEntry(
  acl: readonly string[],
  accountId: string,
  others: readonly ClaimedSources[],
  rules: ClaimRules,
  marks: SourceMarks = {},
): RefusedClaim | null {
  // Who must bear a token takes nobody's calls but those that bear it: customers may share an address that way (ADR 23).
  const isShareable = (other: ClaimedSources): boolean => marks.token !== undefined && other.kind === 'customer';
  const taken = others.flatMap((other) => (other.accountId === accountId || isShareable(other) ? [] : entriesOf(other)));
  for (const text of acl) {
    const parsed = parseAclEntry(text);
    if (!parsed.ok) return { entry: text, because: 'unreadable' };
    const { prefix } = parsed.value;
    if (prefix.bits < BITS_MIN[prefix.family]) return { entry: text, because: 'too wide' };
    const closed = closedTo(parsed.value, rules);
    if (closed !== null) return { entry: text, because: closed };
    const hit = taken.find(({ entry }) => overlap(entry.prefix, prefix) && samePort(entry, parsed.value));
    if (hit !== undefined) return { entry: text, because: `touches ${hit.of}` };
  }
  return null;
}

const entriesOf = ({ trunkGroupId, acl }: ClaimedSources): { readonly of: string; readonly entry: AclEntry }[] =>
  acl.flatMap((text) => {
    const parsed = parseAclEntry(text);
    return parsed.ok ? [{ of: trunkGroupId, entry: parsed.value }] : [];
  });
