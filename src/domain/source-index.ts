import { err, ok, type Result } from '../kit/result.ts';
import type { MatchedSource } from './call.ts';
import { type IpAddress, type IpPrefix, maskTo, parseIp, parsePort, parsePrefix, widthOf } from './ip-address.ts';
import type { SourceRecord } from './records.ts';

type Transport = 'udp' | 'tcp' | 'tls';

// An ACL says what a stream is, not what is spoken on it: WebSocket is TCP, or TLS (RFC 7118 §4).
const CARRIED_BY: Readonly<Record<'ws' | 'wss', Transport>> = { ws: 'tcp', wss: 'tls' };

/** One item of an ACL: a block of addresses, or one address with a port and perhaps a transport (decision C1). */
export interface AclEntry {
  readonly prefix: IpPrefix;
  readonly port: number | null;
  readonly transport: Transport | null;
}

const ENTRY_MAX = 64;
// What one site is given of IPv6 (RFC 6177 §2).
const SITE_BITS = 64;
const TRANSPORTS: readonly string[] = ['udp', 'tcp', 'tls'];
const SYNTAX = 'Must be an address, a CIDR such as 203.0.113.0/24, or ip:port[/udp|tcp|tls] such as 203.0.113.7:5060/udp.';

/** Cuts `ip:port` or `[v6]:port`; null when the text has no port part. */
function splitPort(text: string): { host: string; port: string } | null {
  const bracket = text.startsWith('[') ? text.indexOf(']:') : -1;
  if (bracket > 0) return { host: text.slice(1, bracket), port: text.slice(bracket + 2) };
  const colon = text.indexOf(':');
  // More than one colon without brackets is an IPv6 address.
  return colon > 0 && text.indexOf(':', colon + 1) < 0 ? { host: text.slice(0, colon), port: text.slice(colon + 1) } : null;
}

function parseWithPort(host: string, rest: string): Result<AclEntry, string> {
  const [portText = '', transport = null, more] = rest.split('/') as [string, string?, string?];
  const address = parseIp(host);
  const port = parsePort(portText);
  if (address === null) return err(`${SYNTAX} The address before the port cannot be read.`);
  if (port === null) return err('The port must be 1 to 65535.');
  if (more !== undefined || (transport !== null && !TRANSPORTS.includes(transport.toLowerCase()))) {
    return err('The transport must be udp, tcp or tls; a port and a prefix length do not go together.');
  }
  const prefix = { ...address, bits: widthOf(address.family) };
  return ok({ prefix, port, transport: transport === null ? null : (transport.toLowerCase() as Transport) });
}

/** Reads one ACL item; the error is one sentence for the person who wrote it. */
export function parseAclEntry(text: string): Result<AclEntry, string> {
  if (text.length > ENTRY_MAX) return err(SYNTAX);
  const split = splitPort(text);
  if (split !== null) return parseWithPort(split.host, split.port);
  const slash = text.indexOf('/');
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const prefix = parsePrefix(bare);
  if (prefix !== null) return ok({ prefix, port: null, transport: null });
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  return err(
    address !== null && slash > 0 ? 'The prefix length does not fit the address: bits are set beyond it, or it is too long.' : SYNTAX,
  );
}

/** The address of an entry as a SIP URI writes it: without prefix length, port and transport, IPv6 in brackets. */
export function formatAclAddress(text: string): string {
  const [address = text] = (splitPort(text)?.host ?? text).split('/');
  const bare = address.startsWith('[') ? address.slice(1, -1) : address;
  return bare.includes(':') ? `[${bare}]` : bare;
}

const entryKey = ({ prefix, port, transport }: AclEntry): string =>
  `${prefix.family}/${prefix.value}/${prefix.bits}/${port ?? '*'}/${transport ?? '*'}`;

/** The first entry of `acl` that another customer group holds with equal prefix, port and transport; nesting is no conflict (decision C1). */
export function sourceConflicts(
  others: readonly { readonly trunkGroupId: string; readonly acl: readonly string[] }[],
  acl: readonly string[],
): { readonly entry: string; readonly trunkGroupId: string } | null {
  const keyOf = (text: string): string | null => {
    const parsed = parseAclEntry(text);
    return parsed.ok ? entryKey(parsed.value) : null;
  };
  const taken = new Map<string | null, string>();
  for (const other of others) for (const text of other.acl) taken.set(keyOf(text), other.trunkGroupId);
  taken.delete(null);
  for (const entry of acl) {
    const trunkGroupId = taken.get(keyOf(entry));
    if (trunkGroupId !== undefined) return { entry, trunkGroupId };
  }
  return null;
}

/** Finds the groups an address belongs to without walking all entries: one map look-up per prefix length in use. */
export interface SourceIndex {
  /** One match per group, its best; best first: with port, with transport, longest prefix. Empty for strangers and unreadable addresses. */
  match(ip: string, port: number, transport: Transport | 'ws' | 'wss'): MatchedSource[];
  /** Whether any entry, whatever its port and transport, holds the IPv4 address or something of the IPv6 /64 it is of. */
  knowsSite(address: IpAddress): boolean;
}

interface Held {
  readonly entry: AclEntry;
  readonly source: MatchedSource;
}

/** Orders matches best first; equal ones by group id, so that the order does not hang on the order of loading. */
export const compareSources = (a: MatchedSource, b: MatchedSource): number =>
  Number(b.exactPort) - Number(a.exactPort) ||
  Number(b.exactTransport) - Number(a.exactTransport) ||
  b.prefixBits - a.prefixBits ||
  (a.trunkGroupId < b.trunkGroupId ? -1 : a.trunkGroupId > b.trunkGroupId ? 1 : 0);

function heldOf(record: SourceRecord, text: string): Held | null {
  const parsed = parseAclEntry(text);
  if (!parsed.ok) return null;
  const entry = parsed.value;
  const { trunkGroupId, groupKind, accountId, mode } = record;
  const exact = { exactPort: entry.port !== null, exactTransport: entry.transport !== null, prefixBits: entry.prefix.bits };
  return { entry, source: { trunkGroupId, groupKind, accountId, mode, entry: text, ...exact } };
}

/** Builds the index; entries that do not parse are left out (they were refused when they were written). */
export function buildSourceIndex(records: readonly SourceRecord[]): SourceIndex {
  const byPrefix = new Map<string, Held[]>();
  const known = new Set<string>();
  const sites: Record<4 | 6, Set<number>> = { 4: new Set(), 6: new Set() };
  const lengths: Record<4 | 6, Set<number>> = { 4: new Set(), 6: new Set() };
  const keyOf = (family: number, bits: number, value: bigint, port: number | null) => `${family}/${bits}/${value}/${port ?? ''}`;
  for (const record of records) {
    for (const text of record.acl) {
      const held = heldOf(record, text);
      if (held === null) continue;
      const { family, bits, value } = held.entry.prefix;
      const key = keyOf(family, bits, value, held.entry.port);
      const bucket = byPrefix.get(key);
      if (bucket === undefined) byPrefix.set(key, [held]);
      else bucket.push(held);
      lengths[family].add(bits);
      const siteBits = family === 6 ? Math.min(bits, SITE_BITS) : bits;
      sites[family].add(siteBits);
      known.add(`${family}/${siteBits}/${maskTo(held.entry.prefix, siteBits)}`);
    }
  }
  const match = (ip: string, port: number, transport: Transport | 'ws' | 'wss'): MatchedSource[] => {
    const address = parseIp(ip);
    if (address === null) return [];
    const { family } = address;
    const hits = [...(byPrefix.get(keyOf(family, widthOf(family), address.value, port)) ?? [])];
    for (const bits of lengths[family]) hits.push(...(byPrefix.get(keyOf(family, bits, maskTo(address, bits), null)) ?? []));
    const carried = transport === 'ws' || transport === 'wss' ? CARRIED_BY[transport] : transport;
    const fitting = hits.filter(({ entry }) => entry.transport === null || entry.transport === carried);
    const best = new Map<string, MatchedSource>();
    for (const { source } of fitting.sort((a, b) => compareSources(a.source, b.source))) {
      if (!best.has(source.trunkGroupId)) best.set(source.trunkGroupId, source);
    }
    return [...best.values()];
  };
  const knowsSite = (address: IpAddress): boolean =>
    [...sites[address.family]].some((bits) => known.has(`${address.family}/${bits}/${maskTo(address, bits)}`));
  return { match, knowsSite };
}
