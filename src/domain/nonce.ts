import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Nonces nobody has to store (decision C14): issue time, random bytes and a signature with a key all agents share. Any agent can
 * check one; what was used is remembered by its id only while it lives.
 */
const TIME_BYTES = 6;
const RANDOM_BYTES = 12;
const MAC_BYTES = 16;
const BODY_BYTES = TIME_BYTES + RANDOM_BYTES;
const NONCE_BYTES = BODY_BYTES + MAC_BYTES;

/** Length of a nonce in characters; anything else is not ours. */
export const NONCE_LENGTH = Math.ceil((NONCE_BYTES * 4) / 3);
/** How many of the random bytes name whom a nonce was given to, when it says so. */
const HOLDER_BYTES = 8;
/** How many random bytes `issueNonce` wants. */
export const NONCE_RANDOM_BYTES = RANDOM_BYTES;

const sign = (key: Uint8Array, body: Uint8Array): Buffer => createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);

/** Names an address in the nonces it is given, without showing it. */
export const holderMark = (key: Uint8Array, address: string): string =>
  createHmac('sha256', key).update(`holder ${address}`).digest().subarray(0, HOLDER_BYTES).toString('hex');

/** Random bytes for a nonce that is given to `holder`, as `holderMark` names it. */
export const holderRandom = (random: Uint8Array, holder: string): Uint8Array =>
  Buffer.concat([random.subarray(0, RANDOM_BYTES - HOLDER_BYTES), Buffer.from(holder, 'hex')]);

/** Whom a checked nonce was given to: only who can read what is sent to that address has it. */
export const nonceHolder = (nonce: string): string =>
  Buffer.from(nonce, 'base64url')
    .subarray(BODY_BYTES - HOLDER_BYTES, BODY_BYTES)
    .toString('hex');

/** Makes a nonce; `random` are at least 12 fresh random bytes. */
export function issueNonce(key: Uint8Array, nowMs: number, random: Uint8Array): string {
  if (random.length < RANDOM_BYTES) throw new RangeError(`a nonce needs ${RANDOM_BYTES} random bytes`);
  const body = Buffer.alloc(BODY_BYTES);
  body.writeUIntBE(nowMs, 0, TIME_BYTES);
  body.set(random.subarray(0, RANDOM_BYTES), TIME_BYTES);
  return Buffer.concat([body, sign(key, body)]).toString('base64url');
}

function decode(key: Uint8Array, nonce: string): Buffer | null {
  if (nonce.length !== NONCE_LENGTH) return null;
  const bytes = Buffer.from(nonce, 'base64url');
  // Base64 has several spellings of the same bytes; only ours is taken, or one nonce would have many ids.
  if (bytes.length !== NONCE_BYTES || bytes.toString('base64url') !== nonce) return null;
  const body = bytes.subarray(0, BODY_BYTES);
  return timingSafeEqual(bytes.subarray(BODY_BYTES), sign(key, body)) ? body : null;
}

/** Checks a nonce. Issued up to one lifetime in the future is still valid: the clocks of agents differ a little. */
export function checkNonce(key: Uint8Array, nonce: string, nowMs: number, lifetimeMs: number): 'valid' | 'expired' | 'forged' {
  const body = decode(key, nonce);
  if (body === null) return 'forged';
  return Math.abs(nowMs - body.readUIntBE(0, TIME_BYTES)) <= lifetimeMs ? 'valid' : 'expired';
}

/** The name under which the use of a checked nonce is remembered; hexadecimal, the same for the same nonce only. */
export const nonceId = (nonce: string): string => Buffer.from(nonce, 'base64url').subarray(0, BODY_BYTES).toString('hex');
