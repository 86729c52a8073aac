import { recordRef } from '../../domain/records.ts';
import type { Transaction } from '../ports/store.ts';

/** Destroys a number's login, inside the transaction that ends its holder's time: nothing is handed on (decision B7). */
export async function destroyNumberCredential(tx: Transaction, numberId: string): Promise<void> {
  const credential = await tx.credentials.ofNumber(numberId);
  if (credential === null) return;
  await tx.credentials.remove(credential.id);
  const ref = recordRef.credential(credential.realm, credential.username);
  await tx.publish({ ref, version: credential.version + 1, record: null }, credential.id);
}
