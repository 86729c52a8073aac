import { withoutSecrets } from '../../domain/gateway-terms.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { type TrunkGroup, termsOfProfile } from '../../domain/trunk-group.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed, Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import type { LoginDeps } from '../sip-credentials/change-login.ts';
import { makeLogin, withPassword } from '../sip-credentials/make-login.ts';
import { findOwnLogin } from '../sip-credentials/own-login.ts';
import { publicLogin, publishLogin, saveLogin } from '../sip-credentials/save-login.ts';
import { accountOf } from '../tenant.ts';
import { attachToTrunk, type TrunkUse } from './attach-to-trunk.ts';
import { changeClaims } from './change-claims.ts';
import { findOwnTrunk, lockOwnTrunk, type TrunkName } from './own-trunk.ts';
import { type RewriteDeps, rewriteTrunk, type TrunkPatch } from './rewrite-trunk.ts';
import { type ShownTrunk, showTrunk } from './show-trunk.ts';

/** What changes of trunks need. */
export type TrunkDeps = LoginDeps & RewriteDeps;

/** A login that belongs to the trunk and to nothing else. */
interface OwnLogin {
  readonly username: string;
  readonly password: string;
}

export interface CreateTrunkInput extends TrunkPatch {
  readonly name: string;
  readonly identifiedBy?: TrunkGroup['identifiedBy'];
  readonly use?: TrunkUse;
  readonly login?: OwnLogin;
  /** By its external id. */
  readonly profileExtId?: string | null;
}

/** Makes a trunk of the actor's account: a trunk group of kind customer (decision B9). */
export function createTrunk(
  deps: TrunkDeps,
  actor: Actor,
  input: CreateTrunkInput,
  wait?: Wait,
): Promise<Result<Changed<ShownTrunk>, RequestRefusal>> {
  return changeClaims(
    deps,
    actor,
    async (tx, witness) => {
      const account = await tx.accounts.lock(accountOf(actor).id);
      if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
      const profile = await profilePatch(tx, actor, input.profileExtId);
      if (!profile.ok) return profile;
      const now = deps.clock.now();
      const empty = await tx.trunkGroups.insert(emptyTrunk(actor, account.id, input, now));
      if (input.login !== undefined) {
        const login = { ...input.login, purpose: 'trunk', trunkGroupId: empty.id, mode: actor.mode } as const;
        const made = await makeLogin(tx, deps, account, login, now);
        if (!made.ok) return made;
      }
      const attached = await attachToTrunk(tx, actor, empty, input.use ?? {}, now);
      if (!attached.ok) return attached;
      const made = await rewriteTrunk(tx, { ...deps, ...witness }, actor, empty, { ...input, ...profile.value }, true);
      if (!made.ok) return made;
      const shown = await showTrunk(tx, made.value);
      await audit(tx, 'trunk_group.create', null, shown);
      return ok(shown);
    },
    wait,
  );
}

const emptyTrunk = (actor: Actor, accountId: string, { name, identifiedBy }: CreateTrunkInput, now: number) => ({
  id: newId(),
  name,
  kind: 'customer' as const,
  accountId,
  mode: actor.mode,
  enabled: true,
  numberFormat: null,
  country: null,
  gateways: [],
  acl: [],
  version: 1,
  sourceVersion: 1,
  createdAt: now,
  updatedAt: now,
  ...(identifiedBy === undefined ? {} : { identifiedBy }),
});

export interface UpdateTrunkInput extends TrunkPatch {
  readonly use?: TrunkUse;
  /** What changes of the trunk's own login. */
  readonly login?: Partial<OwnLogin>;
  readonly profileExtId?: string | null;
  /** Only a trunk of this sort is meant. */
  readonly identifiedBy?: TrunkGroup['identifiedBy'];
  /** Rewrites parts, once the trunk is locked. */
  readonly arrange?: (tx: Transaction, group: TrunkGroup, now: number) => Promise<Result<void, RequestRefusal>>;
}

/** Changes a trunk of the actor's; refuses `not_found` for others and for what it shall use and the account does not have. */
export function updateTrunk(
  deps: TrunkDeps,
  actor: Actor,
  name: TrunkName,
  input: UpdateTrunkInput,
  wait?: Wait,
): Promise<Result<Changed<ShownTrunk>, RequestRefusal>> {
  return changeClaims(
    deps,
    actor,
    async (tx, witness) => {
      const before = await lockOwnTrunk(tx, actor, name);
      if (before === null || !isSort(before, input.identifiedBy)) return err({ kind: 'not_found', resource: 'trunk_group' });
      const shownBefore = await showTrunk(tx, before);
      const profile = await profilePatch(tx, actor, input.profileExtId);
      if (!profile.ok) return profile;
      const now = deps.clock.now();
      const attached = await attachToTrunk(tx, actor, before, input.use ?? {}, now);
      if (!attached.ok) return attached;
      const arranged = (await input.arrange?.(tx, before, now)) ?? ok(undefined);
      if (!arranged.ok) return arranged;
      const login = await changeOwnLogin(tx, deps, actor, before, input.login);
      if (!login.ok) return login;
      const after = await rewriteTrunk(tx, { ...deps, ...witness }, actor, before, { ...input, ...profile.value });
      if (!after.ok) return after;
      const shown = await showTrunk(tx, after.value);
      if (textOf(shown) !== textOf(shownBefore)) await audit(tx, 'trunk_group.update', shownBefore, shown);
      return ok(shown);
    },
    wait,
  );
}

const isSort = (group: TrunkGroup, asked: TrunkGroup['identifiedBy']): boolean => asked === undefined || asked === group.identifiedBy;

/** The profile as part of a patch; refuses `invalid_profile` for one that the account does not have. */
async function profilePatch(
  tx: Transaction,
  actor: Actor,
  extId: string | null | undefined,
): Promise<Result<Pick<TrunkPatch, 'profile'>, RequestRefusal>> {
  if (extId === undefined) return ok({});
  if (extId === null) return ok({ profile: null });
  const found = await tx.outboundProfiles.byExtId(extId);
  // Locked: its limits are part of the trunk's record.
  const profile = found === null ? null : await tx.outboundProfiles.lock(found.id);
  if (profile === null || profile.accountId !== accountOf(actor).id || profile.mode !== actor.mode) {
    return err({ kind: 'not_found', resource: 'outbound_profile' });
  }
  return ok({ profile: termsOfProfile(profile) });
}

/** Changes the password of the trunk's own login; its name is what its record is found by and stays. */
async function changeOwnLogin(
  tx: Transaction,
  deps: LoginDeps,
  actor: Actor,
  group: TrunkGroup,
  patch: Partial<OwnLogin> | undefined,
): Promise<Result<void, RequestRefusal>> {
  if (patch?.password === undefined && patch?.username === undefined) return ok(undefined);
  const seen = (await tx.credentials.ofTrunkGroup(group.id)).find(({ purpose }) => purpose === 'trunk');
  const login = seen === undefined ? null : await findOwnLogin(tx, actor, 'trunk', seen.id);
  if (login === null || (patch.username !== undefined && patch.username.toLowerCase() !== login.username.toLowerCase())) {
    return err({ kind: 'wrong_state', detail: 'The user name cannot be changed; make another connection.' });
  }
  if (patch.password !== undefined) await saveLogin(tx, withPassword(deps, login, patch.password), deps.clock.now());
  else await publishLogin(tx, login);
  return ok(undefined);
}

const publicTrunk = ({ group, logins, parts }: ShownTrunk) => ({
  ...withoutSecrets(group),
  logins: logins.map(publicLogin),
  parts,
});
// A new password is a change too; what is compared is not kept.
const textOf = (shown: ShownTrunk): string => JSON.stringify([shown.group, shown.logins, shown.parts]);

const audit = (tx: Transaction, action: string, before: ShownTrunk | null, after: ShownTrunk): Promise<void> =>
  tx.audit({
    action,
    resource: `trunk_group:${after.group.id}`,
    accountId: after.group.accountId,
    before: before === null ? null : publicTrunk(before),
    after: publicTrunk(after),
  });

/** Reads a trunk of the actor's with what belongs to it. */
export async function findTrunk(
  { unitOfWork }: Pick<LoginDeps, 'unitOfWork'>,
  actor: Actor,
  name: TrunkName,
  identifiedBy?: TrunkGroup['identifiedBy'],
): Promise<Result<ShownTrunk, RequestRefusal>> {
  return unitOfWork.read(async (tx) => {
    const group = await findOwnTrunk(tx, actor, name);
    if (group === null || !isSort(group, identifiedBy)) return err({ kind: 'not_found', resource: 'trunk_group' });
    return ok(await showTrunk(tx, group));
  });
}

/** The login of a trunk that is shown with it. */
export const loginOf = ({ logins }: ShownTrunk): SipCredential | null => logins.find(({ purpose }) => purpose === 'trunk') ?? null;
