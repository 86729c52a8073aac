import { randomBytes } from 'node:crypto';

const POOL_BYTES = 8192;
let pool = randomBytes(POOL_BYTES);
let used = 0;

/** `bytes` random bytes as hexadecimal, from a pool so that one system call serves hundreds: tags, branches, Call-IDs. */
export function randomToken(bytes = 8): string {
  if (used + bytes > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  const token = pool.toString('hex', used, used + bytes);
  used += bytes;
  return token;
}
