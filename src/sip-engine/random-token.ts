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

const BEGINNING = `${randomBytes(6).toString('hex')}-`;
let count = 0;

/** An id that only has to differ from all others of this process, for frames and transactions: a count, not a random number each. */
export function nextId(): string {
  count += 1;
  return BEGINNING + count.toString(36);
}
