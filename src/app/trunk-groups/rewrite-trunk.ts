import { type Limits, mergeLimits } from '../../domain/lease.ts';
import { isWatched } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { orderedMarks, type SourceMarks } from '../../domain/source-marks.ts';
import { type ClaimRules, forbiddenEntry, type RefusedClaim } from '../../domain/tenant-acl.ts';
import type { OutboundProfileTerms, TrunkGroup } from '../../domain/trunk-group.ts';
import { aclOf, gatewaysOf } from '../../domain/trunk-part.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import type { Transaction } from '../ports/store.ts';
import { checkTrunkGroup, keepToken, publishTrunkGroup } from './check-trunk-group.ts';

/** What a tenant may say of a trunk besides its parts; absent keys stay, null takes away. */
export interface TrunkPatch {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly direction?: TrunkGroup['direction'] | null;
  readonly numberFormat?: TrunkGroup['numberFormat'];
  readonly limits?: Partial<Limits>;
  readonly profile?: OutboundProfileTerms | null;
  /** Replaced whole. */
  readonly marks?: SourceMarks | null;
  readonly description?: string | null;
  readonly tags?: readonly string[];
}

export interface RewriteDeps {
  readonly clock: Clock;
  /** Asked anew at each claim: addresses come and go. */
  readonly claims: ClaimRules;
}

/** What a rewrite tells of a refusal that its transaction does not outlive. */
export interface ClaimWitness {
  readonly refusedClaim?: (claim: RefusedClaim) => void;
}

/**
 * Makes a trunk anew from its parts and a patch, inside the transaction that changed either; the trunk is locked. Publishes what it
 * came to, also when that is what it was (decision B17). Audit is the caller's.
 */
export async function rewriteTrunk(
  tx: Transaction,
  deps: RewriteDeps & ClaimWitness,
  actor: Actor,
  before: TrunkGroup,
  patch: TrunkPatch = {},
  isNew = false,
): Promise<Result<TrunkGroup, RequestRefusal>> {
  const parts = await tx.trunkParts.ofGroup(before.id);
  const merged: TrunkGroup = { ...patched(before, patch), acl: aclOf(parts), gateways: gatewaysOf(parts, before.gateways) };
  const checked = await checkTrunk(tx, deps, actor, before, merged);
  if (!checked.ok) return checked;
  const group = contentOf(before) !== contentOf(merged);
  const source = sourceOf(before) !== sourceOf(merged);
  if (!group && !source && !isNew) {
    await publishTrunkGroup(tx, before, { group: true, source: true });
    return ok(before);
  }
  const raised = isNew ? 0 : 1;
  const after: TrunkGroup = {
    ...merged,
    version: before.version + raised,
    sourceVersion: before.sourceVersion + (source ? raised : 0),
    updatedAt: deps.clock.now(),
  };
  await tx.trunkGroups.save(after);
  await publishTrunkGroup(tx, after, { group: true, source: isNew || source });
  return ok(after);
}

function patched(before: TrunkGroup, patch: TrunkPatch): TrunkGroup {
  const kept = <T>(given: T | null | undefined, had: T | undefined): T | undefined => (given === undefined ? had : (given ?? undefined));
  return {
    ...before,
    name: patch.name ?? before.name,
    enabled: patch.enabled ?? before.enabled,
    direction: kept(patch.direction, before.direction),
    numberFormat: patch.numberFormat === undefined ? before.numberFormat : patch.numberFormat,
    limits: mergeLimits(before.limits, patch.limits),
    profile: kept(patch.profile, before.profile),
    marks: orderedMarks(keepToken(kept(patch.marks, before.marks), before.marks)),
    description: kept(patch.description, before.description),
    tags: patch.tags ?? before.tags,
  };
}

/** Addresses of one trunk, and destinations: each new address is compared with those of all trunks, alone (decision C21). */
const PARTS_MAX = 100;
const TOO_MANY_PARTS: RequestRefusal = {
  kind: 'conflict',
  code: 'too_many_parts',
  detail: `A trunk has at most ${PARTS_MAX} addresses and ${PARTS_MAX} destinations.`,
};

/** What the platform gave it beyond that may stay, and become less. */
const isTooMany = (before: readonly unknown[], after: readonly unknown[]): boolean =>
  after.length > PARTS_MAX && after.length > before.length;

async function checkTrunk(
  tx: Transaction,
  { claims, refusedClaim }: RewriteDeps & ClaimWitness,
  actor: Actor,
  before: TrunkGroup,
  merged: TrunkGroup,
): Promise<Result<void, RequestRefusal>> {
  if (isTooMany(before.acl, merged.acl) || isTooMany(before.gateways, merged.gateways)) return err(TOO_MANY_PARTS);
  const isWider = merged.acl.some((entry) => !before.acl.includes(entry));
  if (isWider && !isPlatform(actor) && merged.accountId !== null) {
    const others = await tx.trunkGroups.otherSources(merged.id);
    const claimed = merged.acl.filter((entry) => !before.acl.includes(entry));
    const forbidden = forbiddenEntry(claimed, merged.accountId, others, claims);
    if (forbidden !== null) {
      // One text for all reasons: whose an address is concerns nobody else (decision C21).
      refusedClaim?.(forbidden);
      return err({ kind: 'conflict', code: 'address_refused', detail: `The address ${forbidden.entry} cannot be used.` });
    }
  }
  return checkTrunkGroup(tx, merged, merged.id);
}

const contentOf = ({ name, enabled, direction, numberFormat, gateways, limits, profile, description, tags }: TrunkGroup): string =>
  JSON.stringify([name, enabled, direction, numberFormat, gateways, limits, profile, description, tags]);
const sourceOf = (group: TrunkGroup): string =>
  JSON.stringify([group.acl, group.enabled, group.direction, group.profile?.enabled, isWatched(group), group.marks]);
