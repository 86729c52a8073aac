import { recordRef } from '../../domain/records.ts';
import { credentialRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';

/** A login without its secrets, sealed or not: the audit is read by more people than passwords are. */
export const publicLogin = ({ sealedPassword, sealedHa1, ...rest }: SipCredential) => rest;

/** The audit row of a change of one login. That a password changed is told, the password is not. */
export async function auditLogin(
  tx: Transaction,
  action: string,
  before: SipCredential | null,
  after: SipCredential | null,
): Promise<void> {
  const one = after ?? before;
  if (one === null) return;
  const isNewPassword = before !== null && after !== null && before.sealedPassword !== after.sealedPassword;
  await tx.audit({
    action,
    resource: `sip_credential:${one.id}`,
    accountId: one.subAccountId ?? one.accountId,
    before: before === null ? null : publicLogin(before),
    after: after === null ? null : { ...publicLogin(after), ...(isNewPassword ? { passwordChanged: true } : {}) },
  });
}

/** Locks any login, for the platform; refuses one that is not there or, where a version is wanted, is at another one. */
export async function lockLogin(tx: Transaction, id: string, ifVersion: number | null): Promise<Result<SipCredential, RequestRefusal>> {
  const login = await tx.credentials.lock(id);
  if (login === null) return err({ kind: 'not_found', resource: 'sip_user' });
  if (ifVersion !== null && ifVersion !== login.version) return err({ kind: 'precondition_failed', currentVersion: login.version });
  return ok(login);
}

/** Saves a changed login at its next version and publishes it. */
export async function saveLogin(tx: Transaction, changed: SipCredential, now: number): Promise<SipCredential> {
  const after = { ...changed, version: changed.version + 1, updatedAt: now };
  await tx.credentials.save(after);
  await publishLogin(tx, after);
  return after;
}

/** Publishes a login as it is. */
export const publishLogin = (tx: Transaction, login: SipCredential): Promise<void> =>
  tx.publish({ ref: recordRef.credential(login.realm, login.username), version: login.version, record: credentialRecord(login) }, login.id);

/** Takes a login away; the next call with it fails. Resolves with the version of its tombstone. */
export async function destroyLogin(tx: Transaction, { id, realm, username, version }: SipCredential): Promise<number> {
  await tx.credentials.remove(id);
  await tx.publish({ ref: recordRef.credential(realm, username), version: version + 1, record: null }, id);
  return version + 1;
}
