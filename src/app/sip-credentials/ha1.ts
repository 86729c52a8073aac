import { createHash } from 'node:crypto';
import type { Sealer } from '../../kit/seal.ts';

/** The two digest secrets of a login, as hex (RFC 7616 §3.4.2). */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

interface Login {
  readonly realm: string;
  readonly username: string;
}

/** Computes H(username:realm:password) with both algorithms. */
export function ha1Of({ realm, username }: Login, password: string): Ha1 {
  const a1 = `${username}:${realm}:${password}`;
  const hash = (algorithm: string) => createHash(algorithm).update(a1, 'utf8').digest('hex');
  return { md5: hash('md5'), sha256: hash('sha256') };
}

/** HA1s are worth the password to whoever can place calls, so they are sealed too (decision C14). */
export const sealHa1 = (sealer: Sealer, login: Login, ha1: Ha1): string => sealer.seal(JSON.stringify(ha1), contextOf(login));

/** Opens the HA1s of a credential or its record; throws when they were sealed for another login or key. */
export const unsealHa1 = (sealer: Sealer, login: Login & { readonly sealedHa1: string }): Ha1 =>
  JSON.parse(sealer.unseal(login.sealedHa1, contextOf(login))) as Ha1;

const contextOf = ({ realm, username }: Login): string => `sip-ha1:${realm.toLowerCase()}:${username.toLowerCase()}`;
