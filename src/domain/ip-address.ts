/** An IP address as a number; IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) reads as the IPv4 address it is. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses; `value` has no bits beyond `bits`. */
export interface IpPrefix extends IpAddress {
  readonly bits: number;
}

const TEXT_MAX = 45;
const MAPPED = 0xffffn;

/** Address bits of a family. */
export const widthOf = (family: 4 | 6): 32 | 128 => (family === 4 ? 32 : 128);

function readDecimal(text: string, max: number): number | null {
  if (text.length === 0 || text.length > 5 || (text.length > 1 && text.startsWith('0'))) return null;
  for (const char of text) if (char < '0' || char > '9') return null;
  return Number(text) <= max ? Number(text) : null;
}

/** A port, 1 to 65535; null for anything else, leading zeros included. */
export const parsePort = (text: string): number | null => readDecimal(text, 65_535) || null;

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    // Leading zeros are octal to some and decimal to others: refused (RFC 6943 §3.1.1).
    const octet = readDecimal(part, 255);
    if (octet === null) return null;
    value = value * 256 + octet;
  }
  return BigInt(value);
}

function readGroups(text: string): bigint[] | null {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === null) return null;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(BigInt(Number.parseInt(part, 16)));
    else return null;
  }
  return groups;
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = readGroups(halves[0] ?? '');
  const tail = readGroups(halves[1] ?? '');
  if (head === null || tail === null || (halves.length === 2 && halves[0]?.includes('.'))) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Reads an IPv4 or IPv6 address without port, brackets or zone; null for anything else. */
export function parseIp(text: string): IpAddress | null {
  if (text.length > TEXT_MAX) return null;
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === null ? null : { family: 4, value };
  }
  const value = parseIpv6(text);
  if (value === null) return null;
  return value >> 32n === MAPPED ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** The address with everything beyond `bits` set to zero. */
export function maskTo(address: IpAddress, bits: number): bigint {
  const drop = BigInt(widthOf(address.family) - bits);
  return (address.value >> drop) << drop;
}

/** Reads `address/bits`, or a lone address as the block of itself; null for anything else, bits set beyond the prefix included. */
export function parsePrefix(text: string): IpPrefix | null {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = parseIp(written);
  if (address === null) return null;
  if (slash < 0) return { ...address, bits: widthOf(address.family) };
  const given = readDecimal(text.slice(slash + 1), 128);
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const bits = given !== null && address.family === 4 && written.includes(':') ? given - 96 : given;
  if (bits === null || bits < 0 || bits > widthOf(address.family)) return null;
  return maskTo(address, bits) === address.value ? { ...address, bits } : null;
}

/** True when the block holds the address. */
export const prefixHolds = (prefix: IpPrefix, address: IpAddress): boolean =>
  prefix.family === address.family && maskTo(address, prefix.bits) === prefix.value;
