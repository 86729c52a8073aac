import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { followLogin, lockNamingGroup } from '../trunk-groups/trunk-logins.ts';
import { auditLogin, destroyLogin, lockLogin } from './save-login.ts';

/** Deletes a SIP login, a number's own included; the next call with it fails. Resolves with it, its version being the tombstone's. */
export function deleteSipUser(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  id: string,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<SipCredential>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      await lockNamingGroup(tx, id);
      const locked = await lockLogin(tx, id, ifVersion);
      if (!locked.ok) return locked;
      const login = locked.value;
      const version = await destroyLogin(tx, login);
      await followLogin(tx, login, null, deps.clock.now());
      await auditLogin(tx, 'sip_user.delete', login, null);
      return ok({ ...login, version });
    },
    wait,
  );
}
