import { BadValue } from './strict-json.ts';

const UUID_LOWER = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PACKED = /^[A-Za-z0-9_-]{22}$/;
const PLAIN_MAX = 64;

/** A UUID as 22 characters instead of 36; any other id as it is behind a `=`. */
export function packId(id: string): string {
  if (UUID_LOWER.test(id)) return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  if (id.length === 0 || id.length > PLAIN_MAX) throw new RangeError('an id has 1 to 64 characters');
  return `=${id}`;
}

/** The id that was packed; throws BadValue on anything `packId` does not write. */
export function unpackId(text: string): string {
  if (text.startsWith('=') && text.length > 1 && text.length <= PLAIN_MAX + 1) return text.slice(1);
  if (!PACKED.test(text)) throw new BadValue('packed id');
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
