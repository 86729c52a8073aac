import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Transaction } from '../ports/store.ts';
import { destroyLogin } from '../sip-credentials/save-login.ts';

/**
 * Takes away the logins of a trunk that is locked, so that none comes to it any more; one that has just moved elsewhere stays. Resolves
 * with them as they were.
 */
export async function destroyTrunkLogins(tx: Transaction, groupId: string): Promise<readonly SipCredential[]> {
  const destroyed: SipCredential[] = [];
  for (const { id } of await tx.credentials.ofTrunkGroup(groupId)) {
    const login = await tx.credentials.lock(id);
    if (login?.trunkGroupId !== groupId) continue;
    await destroyLogin(tx, login);
    destroyed.push(login);
  }
  return destroyed;
}
