import { randomBytes } from 'node:crypto';
import type { Holder } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import { credentialRecord } from '../../domain/render-record.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { newId, newSecret } from '../../kit/ids.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Transaction } from '../ports/store.ts';
import { ha1Of, sealHa1 } from './ha1.ts';
import { sealPassword } from './password.ts';

/** What making SIP logins takes. */
export interface CredentialDeps {
  readonly sealer: Sealer;
  /** SIP_DOMAIN: the realm of generated logins. */
  readonly sipDomain: string;
}

const PASSWORD_BYTES = 24;

/** Gives a number its own SIP login, made new for each holder, inside the transaction that changes the holder (decision C13). */
export async function createNumberCredential(
  tx: Transaction,
  deps: CredentialDeps,
  number: PhoneNumber,
  holder: Holder,
  now: number,
): Promise<SipCredential> {
  const credential = newCredential(deps, number, holder, now);
  await insertAll(tx, [credential]);
  return credential;
}

/** The same for many numbers in the hands of their holders; numbers that nobody holds get none. */
export const createNumberCredentials = (
  tx: Transaction,
  deps: CredentialDeps,
  numbers: readonly PhoneNumber[],
  now: number,
): Promise<void> =>
  insertAll(
    tx,
    numbers.flatMap((number) => (number.holder === null ? [] : newCredential(deps, number, number.holder, now))),
  );

async function insertAll(tx: Transaction, credentials: readonly SipCredential[]): Promise<void> {
  await tx.credentials.insertGenerated(credentials);
  for (const credential of credentials) {
    const ref = recordRef.credential(credential.realm, credential.username);
    await tx.publish({ ref, version: 1, record: credentialRecord(credential) }, credential.id);
  }
}

function newCredential({ sealer, sipDomain }: CredentialDeps, number: PhoneNumber, holder: Holder, now: number): SipCredential {
  const id = newId();
  const login = { realm: sipDomain, username: newUsername() };
  const password = newSecret(PASSWORD_BYTES);
  return {
    id,
    ...login,
    accountId: holder.ownerAccountId,
    subAccountId: holder.subAccountId,
    numberId: number.id,
    e164: number.e164,
    mode: number.mode,
    sealedPassword: sealPassword(sealer, id, password),
    sealedHa1: sealHa1(sealer, login, ha1Of(login, password)),
    digest: null,
    enabled: true,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** 80 random bits: unique without asking anybody, and not the number itself, which scanners try first. */
const newUsername = (): string => `n${randomBytes(10).toString('hex')}`;
