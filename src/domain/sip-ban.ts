import { maskTo, parseIp } from './ip-address.ts';

/** A source whose SIP is not answered for a while, because it failed to log in too often. */
export interface SipBan {
  /** As `banAddressOf` writes it. */
  readonly address: string;
  /** Redis' time in ms. */
  readonly bannedAt: number;
  readonly expiresAt: number;
  readonly remainingMs: number;
  /** Failed logins that led to it. */
  readonly failures: number;
}

const SITE_BITS = 64;

/**
 * What a ban of this address is kept under: an IPv4 address, or the first address of an IPv6 /64, which is what one site is given
 * (RFC 6177 §2); null for what is no address.
 */
export function banAddressOf(text: string): string | null {
  const address = parseIp(text);
  if (address === null) return null;
  if (address.family === 4) return [24n, 16n, 8n, 0n].map((shift) => Number((address.value >> shift) & 0xffn)).join('.');
  const site = maskTo(address, SITE_BITS);
  const groups = [112n, 96n, 80n, 64n].map((shift) => Number((site >> shift) & 0xffffn).toString(16));
  return `${groups.join(':')}::`;
}
