import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { type OutboundProfile, termsOfProfile } from '../../domain/trunk-group.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import { isOwn } from './own-trunk.ts';
import { type RewriteDeps, rewriteTrunk } from './rewrite-trunk.ts';

type ProfileDeps = ChangeDeps & RewriteDeps;

/** What a tenant says of a profile; absent keys stay. */
export type ProfilePatch = Partial<
  Pick<OutboundProfile, 'name' | 'enabled' | 'channelsMax' | 'perSecondMax' | 'allowedCountries' | 'tags'>
>;

/** A profile with the number of trunks that use it. */
export interface UsedProfile {
  readonly profile: OutboundProfile;
  readonly uses: number;
}

type Done = Promise<Result<Changed<UsedProfile>, RequestRefusal>>;
const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'outbound_profile' };

/** Makes an outbound profile of the actor's account. */
export function createOutboundProfile(
  deps: ProfileDeps,
  actor: Actor,
  input: ProfilePatch & Pick<OutboundProfile, 'name'>,
  wait?: Wait,
): Done {
  return change(
    deps,
    actor,
    async (tx) => {
      const now = deps.clock.now();
      const profile = await tx.outboundProfiles.insert({
        enabled: true,
        channelsMax: null,
        perSecondMax: null,
        allowedCountries: null,
        tags: [],
        ...input,
        id: newId(),
        accountId: accountOf(actor).id,
        mode: actor.mode,
        createdAt: now,
        updatedAt: now,
      });
      await auditProfile(tx, 'outbound_profile.create', null, profile);
      return ok({ profile, uses: 0 });
    },
    wait,
  );
}

/** Changes a profile of the actor's account, and with it every trunk that uses it. */
export const updateOutboundProfile = (deps: ProfileDeps, actor: Actor, extId: string, patch: ProfilePatch, wait?: Wait): Done =>
  updateProfile(deps, actor, (tx) => lockProfile(tx, actor, extId), patch, wait);

/** The same of anybody's profile, for the platform. */
export const updateAnyProfile = (deps: ProfileDeps, actor: Actor, id: string, patch: ProfilePatch, wait?: Wait): Done =>
  updateProfile(deps, actor, (tx) => tx.outboundProfiles.lock(id), patch, wait);

type Locked = (tx: Transaction) => Promise<OutboundProfile | null>;

function updateProfile(deps: ProfileDeps, actor: Actor, lock: Locked, patch: ProfilePatch, wait: Wait | undefined): Done {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await lock(tx);
      if (before === null) return err(NOT_FOUND);
      const users = await tx.outboundProfiles.groupsUsing(before.id);
      const merged = { ...before, ...patch };
      const isChanged = JSON.stringify(merged) !== JSON.stringify(before);
      const after = isChanged ? { ...merged, updatedAt: deps.clock.now() } : before;
      if (isChanged) {
        await tx.outboundProfiles.save(after);
        await auditProfile(tx, 'outbound_profile.update', before, after);
      }
      const rewritten = await rewriteUsers(tx, deps, actor, users, after);
      return rewritten.ok ? ok({ profile: after, uses: rewritten.value }) : rewritten;
    },
    wait,
  );
}

/** Rewrites the trunks that use a profile; resolves with their number. */
async function rewriteUsers(
  tx: Transaction,
  deps: ProfileDeps,
  actor: Actor,
  groupIds: readonly string[],
  profile: OutboundProfile,
): Promise<Result<number, RequestRefusal>> {
  let uses = 0;
  for (const groupId of groupIds) {
    const group = await tx.trunkGroups.lock(groupId);
    // Gone, or taken off the profile, while we waited: that takes no lock of the profile.
    if (group?.profile?.id !== profile.id) continue;
    uses += 1;
    // The lock reads the profile as it is now; what the trunk's record was made of is its old self.
    const done = await rewriteTrunk(tx, deps, actor, { ...group, profile: undefined }, { profile: termsOfProfile(profile) });
    if (!done.ok) return done;
  }
  return ok(uses);
}

/** Deletes a profile that no trunk uses. */
export function deleteOutboundProfile(deps: ProfileDeps, actor: Actor, extId: string, wait?: Wait): Done {
  return change(
    deps,
    actor,
    async (tx) => {
      const profile = await lockProfile(tx, actor, extId);
      if (profile === null) return err(NOT_FOUND);
      const uses = (await tx.outboundProfiles.groupsUsing(profile.id)).length;
      if (uses > 0) return err({ kind: 'in_use', detail: 'Connections still use this profile.', counts: { connections: uses } });
      await tx.outboundProfiles.remove(profile.id);
      await auditProfile(tx, 'outbound_profile.delete', profile, null);
      return ok({ profile, uses });
    },
    wait,
  );
}

/** Reads a profile of the actor's. */
export async function findOutboundProfile(
  { unitOfWork }: Pick<ChangeDeps, 'unitOfWork'>,
  actor: Actor,
  extId: string,
): Promise<Result<UsedProfile, RequestRefusal>> {
  return unitOfWork.read(async (tx) => {
    const profile = await tx.outboundProfiles.byExtId(extId);
    if (profile === null || !isOwn(actor, profile)) return err(NOT_FOUND);
    return ok({ profile, uses: (await tx.outboundProfiles.groupsUsing(profile.id)).length });
  });
}

async function lockProfile(tx: Transaction, actor: Actor, extId: string): Promise<OutboundProfile | null> {
  const found = await tx.outboundProfiles.byExtId(extId);
  return found === null || !isOwn(actor, found) ? null : tx.outboundProfiles.lock(found.id);
}

async function auditProfile(tx: Transaction, action: string, before: OutboundProfile | null, after: OutboundProfile | null): Promise<void> {
  const one = after ?? before;
  if (one === null) return;
  await tx.audit({ action, resource: `outbound_profile:${one.id}`, accountId: one.accountId, before, after });
}
