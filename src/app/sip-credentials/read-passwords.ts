import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, change } from '../change.ts';
import { unsealPassword } from './password.ts';

/** Passwords in clear by the id of their login. */
export type Passwords = ReadonlyMap<string, string>;

const NONE: Passwords = new Map();

/**
 * Opens the passwords of logins that the actor may see; none for members (decision B10). Each reading leaves one audit row, however many
 * it opened (decision C13); answers must not be kept by anybody.
 */
export async function readPasswords(
  deps: ChangeDeps & { readonly sealer: Sealer },
  actor: Actor,
  logins: readonly SipCredential[],
): Promise<Result<Passwords, RequestRefusal>> {
  const [first] = logins;
  if (first === undefined || actor.role === 'member') return ok(NONE);
  const done = await change<Passwords>(deps, actor, async (tx) => {
    await tx.audit({
      action: 'sip_credential.read',
      resource: `sip_credential:${first.id}`,
      accountId: first.subAccountId ?? first.accountId,
      before: null,
      after: { mode: first.mode, logins: logins.map(({ id, username }) => ({ id, username })) },
    });
    return ok(openPasswords(deps, logins));
  });
  return done.ok ? ok(done.value.value) : done;
}

/** The same of logins that the actor has just made: the audit row of that tells of it. */
export const openPasswords = ({ sealer }: { readonly sealer: Sealer }, logins: readonly SipCredential[]): Passwords =>
  new Map(logins.map((login) => [login.id, unsealPassword(sealer, login)]));
