import { createHash } from 'node:crypto';
import type { Mode } from '../../domain/records.ts';
import { newSecret } from '../../kit/ids.ts';

const PREFIX_LENGTH = 12;

/** A new random secret, the hash to store, and the few characters by which people recognise it in a list. */
export function issueSecret(kind: 'key' | 'auth_token', mode: Mode): { secret: string; sha256: Buffer; prefix: string } {
  const secret = kind === 'key' ? `kros_${mode}_${newSecret(32)}` : newSecret(30);
  // A key's first characters are the same for all keys: take the first random ones too.
  const prefix = kind === 'key' ? secret.slice(0, PREFIX_LENGTH + 4) : secret.slice(0, 6);
  return { secret, sha256: hashSecret(secret), prefix };
}

/** SHA-256 is enough for 256 random bits: there is nothing to guess slowly. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();
