import { formatAclAddress } from './acl-entry.ts';
import { termsMember } from './gateway-terms.ts';
import { limitsMember } from './lease.ts';
import type { Mode } from './records.ts';
import type { Gateway } from './trunk-group.ts';

/** An ACL entry or a gateway of a customer group as a thing of its own; also one that no group uses yet, or that is switched off. */
export interface TrunkPart {
  readonly id: string;
  readonly extId: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly trunkGroupId: string | null;
  readonly kind: 'address' | 'uri';
  /** An ACL entry, or a SIP URI. */
  readonly value: string;
  /** Of an address: calls go there too, at this port; null: they only come from there. */
  readonly port: number | null;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  /** Labels. */
  readonly name: string | null;
  readonly description: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The ACL that a group's parts make, each entry once. */
export const aclOf = (parts: readonly TrunkPart[]): readonly string[] => [
  ...new Set(parts.filter(({ kind, enabled }) => kind === 'address' && enabled).map(({ value }) => value)),
];

/** The gateways that a group's parts make; one that was there before keeps its limits and terms. */
export function gatewaysOf(parts: readonly TrunkPart[], before: readonly Gateway[]): readonly Gateway[] {
  return parts.flatMap((part) => {
    const uri = uriOf(part);
    if (uri === null) return [];
    const had = before.find(({ id }) => id === part.id);
    const { id, priority, weight, enabled } = part;
    return [{ id, uri, priority, weight, enabled, ...limitsMember(had?.limits), ...termsMember(had?.terms) }];
  });
}

/** Where calls go to; null: nowhere. An address that is switched off is no gateway. */
function uriOf({ kind, value, port, enabled }: TrunkPart): string | null {
  if (kind === 'uri') return value;
  return port === null || !enabled ? null : `sip:${formatAclAddress(value)}:${port}`;
}
