import { sourceConflicts } from '../../domain/acl-entry.ts';
import { type DefaultCallerPatch, patchedCaller, USUAL_USE } from '../../domain/default-caller.ts';
import { type GatewayTerms, orderedTerms } from '../../domain/gateway-terms.ts';
import { type Limits, mergeLimits } from '../../domain/lease.ts';
import { isWatched } from '../../domain/render-record.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { CodecPolicy } from '../../domain/sdp-codecs.ts';
import { distinction, orderedMarks, type SourceMarks } from '../../domain/source-marks.ts';
import { type ClaimedSources, type ClaimRules, forbiddenEntry, type RefusedClaim } from '../../domain/tenant-acl.ts';
import type { OutboundProfileTerms, TrunkGroup } from '../../domain/trunk-group.ts';
import { aclOf, gatewaysOf } from '../../domain/trunk-part.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import { checkDefaultCaller } from '../numbers/check-default-caller.ts';
import type { Transaction } from '../ports/store.ts';
import { checkTrunkGroup, publishTrunkGroup } from './check-trunk-group.ts';
import { ownLoginNames } from './trunk-logins.ts';

/** Marks of a trunk, each on its own: absent stays, null takes away. */
export type MarksPatch = { readonly [K in keyof SourceMarks]?: SourceMarks[K] | null };

/** What a tenant may say of a trunk besides its parts; absent keys stay, null takes away. */
export interface TrunkPatch {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly direction?: TrunkGroup['direction'] | null;
  readonly numberFormat?: TrunkGroup['numberFormat'];
  readonly limits?: Partial<Limits>;
  readonly profile?: OutboundProfileTerms | null;
  readonly marks?: MarksPatch;
  readonly codecs?: CodecPolicy | null;
  readonly defaultCaller?: DefaultCallerPatch;
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
  const logins = ownLoginNames(await tx.credentials.ofTrunkGroup(before.id));
  const merged: TrunkGroup = { ...patched(before, patch), acl: aclOf(parts), gateways: gatewaysOf(parts, before.gateways), logins };
  const checked = await checkTrunk(tx, deps, actor, before, merged);
  if (!checked.ok) return checked;
  const presented = isUseOfNothing(patch, merged) ? err(USE_OF_NOTHING) : await checkDefaultCaller(tx, merged, before.defaultCaller);
  if (!presented.ok) return presented;
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
    marks: marksWith(before.marks, patch.marks),
    terms: patch.codecs === undefined ? before.terms : termsWith(before.terms, patch.codecs),
    defaultCaller: patchedCaller(before.defaultCaller, patch.defaultCaller),
    description: kept(patch.description, before.description),
    tags: patch.tags ?? before.tags,
  };
}

/** Nothing would keep a word on when to present no number (decision B33); the usual one is so anyway. */
const isUseOfNothing = ({ defaultCaller: { use = USUAL_USE } = {} }: TrunkPatch, merged: TrunkGroup): boolean =>
  merged.defaultCaller === undefined && use !== USUAL_USE;
const USE_OF_NOTHING = invalidBody(['default_caller', 'use'], 'Comes with its number.', 'not_supported');

function marksWith(before: SourceMarks | undefined, patch: MarksPatch = {}): SourceMarks | undefined {
  const said = Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null && value !== undefined);
  return orderedMarks(Object.fromEntries(said) as SourceMarks);
}

function termsWith(before: GatewayTerms | undefined, codecs: CodecPolicy | null): GatewayTerms | undefined {
  const { codecs: _, ...others } = before ?? {};
  return orderedTerms(codecs === null ? others : { ...others, codecs });
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
  // What a token told apart from others claims all its addresses anew without it.
  const isBare = before.marks?.token !== undefined && merged.marks?.token === undefined;
  const claimed = isBare ? merged.acl : merged.acl.filter((entry) => !before.acl.includes(entry));
  const hasOtherMarks = distinction(before.marks) !== distinction(merged.marks);
  if ((claimed.length > 0 || hasOtherMarks) && !isPlatform(actor) && merged.accountId !== null) {
    const others = await tx.trunkGroups.otherSources(merged.id);
    const forbidden = forbiddenEntry(claimed, merged.accountId, others, claims, merged.marks) ?? takenEntry(merged, others);
    if (forbidden !== null) {
      // One text for all reasons: whose an address is concerns nobody else (decision C21).
      refusedClaim?.(forbidden);
      return err({ kind: 'conflict', code: 'address_refused', detail: `The address ${forbidden.entry} cannot be used.` });
    }
  }
  return checkTrunkGroup(tx, merged, merged.id, before.gateways);
}

/** An address that another account's group holds with the very same marks: nothing would tell their calls apart. */
function takenEntry({ acl, accountId, marks }: TrunkGroup, others: readonly ClaimedSources[]): RefusedClaim | null {
  const foreign = others.filter((other) => other.kind === 'customer' && other.accountId !== accountId);
  const clash = marks === undefined ? null : sourceConflicts(foreign, acl, marks);
  return clash === null ? null : { entry: clash.entry, because: `the marks of ${clash.trunkGroupId}` };
}

const contentOf = ({ name, enabled, direction, numberFormat, gateways, logins, limits, profile, ...more }: TrunkGroup): string =>
  JSON.stringify([
    ...[name, enabled, direction, numberFormat, gateways, logins, limits, profile],
    ...[more.description, more.tags, more.terms, more.defaultCaller],
  ]);
const sourceOf = (group: TrunkGroup): string =>
  JSON.stringify([group.acl, group.enabled, group.direction, group.profile?.enabled, isWatched(group), group.marks]);
