import { type DefaultCaller, defaultCallerMember, isSameCaller } from '../../domain/default-caller.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { checkLoginCaller } from './check-login-caller.ts';
import { auditLogin, lockLogin, publishLogin, saveLogin } from './save-login.ts';

/** What the platform may change of any login; absent keys stay. */
export interface SipUserPatch {
  readonly enabled?: boolean;
  /** Replaced whole; null: what it says. */
  readonly defaultCaller?: DefaultCaller | null;
}

/** Changes a SIP login, whoever's. Without a change it keeps its version and writes no audit row (decision B17). */
export function updateSipUser(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  id: string,
  patch: SipUserPatch,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<SipCredential>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const locked = await lockLogin(tx, id, ifVersion);
      if (!locked.ok) return locked;
      const before = locked.value;
      const merged = patchedUser(before, patch);
      const accountId = before.subAccountId ?? before.accountId;
      const presented = await checkLoginCaller(tx, { ...merged, accountId }, before.defaultCaller);
      if (!presented.ok) return presented;
      if (merged.enabled === before.enabled && isSameCaller(merged.defaultCaller, before.defaultCaller)) {
        await publishLogin(tx, before);
        return ok(before);
      }
      const after = await saveLogin(tx, merged, deps.clock.now());
      await auditLogin(tx, 'sip_user.update', before, after);
      return ok(after);
    },
    wait,
  );
}

function patchedUser({ defaultCaller: had, ...before }: SipCredential, { enabled, defaultCaller: given }: SipUserPatch): SipCredential {
  const defaultCaller = given === undefined ? had : (given ?? undefined);
  return { ...before, enabled: enabled ?? before.enabled, ...defaultCallerMember(defaultCaller) };
}
