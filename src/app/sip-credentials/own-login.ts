import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Actor } from '../actor.ts';
import type { Transaction } from '../ports/store.ts';

/** What a login was made for; a number's own is none of these. */
export type LoginPurpose = 'user' | 'trunk' | 'issued';

/** True when the actor's account has the login, in its own mode, and it was made for that. */
export const isOwnLogin = (actor: Actor, purpose: LoginPurpose, login: SipCredential): boolean =>
  (login.subAccountId ?? login.accountId) === actor.account?.id &&
  login.mode === actor.mode &&
  login.numberId === null &&
  (login.purpose ?? 'user') === purpose;

/** Reads a login of the actor's, locked; null: none of its. */
export async function findOwnLogin(tx: Transaction, actor: Actor, purpose: LoginPurpose, id: string): Promise<SipCredential | null> {
  const login = await tx.credentials.lock(id);
  return login !== null && isOwnLogin(actor, purpose, login) ? login : null;
}
