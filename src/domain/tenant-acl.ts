import type { IpPrefix } from './ip-address.ts';
import { prefixHolds } from './ip-address.ts';
import { type AclEntry, parseAclEntry } from './source-index.ts';

/** Addresses that others are known by. */
export interface ClaimedSources {
  readonly trunkGroupId: string;
  readonly kind: string;
  readonly accountId: string | null;
  readonly acl: readonly string[];
}

const BITS_MIN = { 4: 24, 6: 48 } as const;

const overlap = (one: IpPrefix, other: IpPrefix): boolean =>
  one.family === other.family && (one.bits <= other.bits ? prefixHolds(one, other) : prefixHolds(other, one));

const samePort = (one: AclEntry, other: AclEntry): boolean => one.port === null || other.port === null || one.port === other.port;

/**
 * The first entry that a tenant may not claim (decision C21): a block that is too wide, or one that touches addresses of the platform's
 * carriers or of another account, whose calls would then be taken for this tenant's. null: all are fine. Entries have been parsed before.
 */
export function forbiddenEntry(
  acl: readonly string[],
  accountId: string,
  others: readonly ClaimedSources[],
): { readonly entry: string; readonly because: string } | null {
  const taken = others.flatMap((other) =>
    other.accountId === accountId
      ? []
      : other.acl.flatMap((text) => {
          const parsed = parseAclEntry(text);
          return parsed.ok ? [{ of: other.trunkGroupId, entry: parsed.value }] : [];
        }),
  );
  for (const text of acl) {
    const parsed = parseAclEntry(text);
    if (!parsed.ok) return { entry: text, because: 'unreadable' };
    const { prefix } = parsed.value;
    if (prefix.bits < BITS_MIN[prefix.family]) return { entry: text, because: 'too wide' };
    const hit = taken.find(({ entry }) => overlap(entry.prefix, prefix) && samePort(entry, parsed.value));
    if (hit !== undefined) return { entry: text, because: `touches ${hit.of}` };
  }
  return null;
}
