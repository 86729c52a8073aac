import { randomBytes, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

/** A time-ordered UUID (RFC 9562 §5.7): primary keys of every row, and call ids. */
export const newId = (): string => v7();

/** Many of them at once, ascending, for a bulk operation: all random bytes are drawn together, which is most of what an id costs. */
export function newIds(count: number): string[] {
  const random = randomBytes(BYTES * count);
  // A counter that starts anywhere (RFC 9562 §6.2, method 1), with room for the rest of them.
  const first = randomInt(2 ** 31);
  const msecs = Date.now();
  return Array.from({ length: count }, (_, at) => v7({ msecs, seq: first + at, random: random.subarray(BYTES * at, BYTES * (at + 1)) }));
}

const BYTES = 16;

/** A UUIDv7 of this time, ms: the id of a call carries the product time of its INVITE (decision C11). */
export const newIdAt = (ms: number): string => v7({ msecs: ms });

/** The least UUIDv7 of this time, ms from 1970. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.trunc(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The time a UUIDv7 was made, ms. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the 36-character text form of a UUID, any version. */
export const isUuid = (text: string): boolean => text.length === 36 && UUID.test(text);

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A public account id: `MA_` or `SA_` and 18 upper-case alphanumerics (decision B11). */
export function newAuthId(prefix: 'MA' | 'SA'): string {
  let tail = '';
  for (let i = 0; i < 18; i += 1) tail += UPPER[randomInt(UPPER.length)];
  return `${prefix}_${tail}`;
}

/** A random secret of `bytes` bytes as base64url. */
export const newSecret = (bytes = 32): string => randomBytes(bytes).toString('base64url');
