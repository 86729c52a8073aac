import { type AclEntry, type AclTransport, parseAclEntry } from './acl-entry.ts';
import type { MatchedSource } from './call.ts';
import { type IpAddress, maskTo, parseIp, widthOf } from './ip-address.ts';
import type { SourceRecord } from './records.ts';
import { metMarks, type SourceToken } from './source-marks.ts';

// An ACL says what a stream is, not what is spoken on it: WebSocket is TCP, or TLS (RFC 7118 §4).
const CARRIED_BY: Readonly<Record<'ws' | 'wss', AclTransport>> = { ws: 'tcp', wss: 'tls' };

// What one site is given of IPv6 (RFC 6177 §2).
const SITE_BITS = 64;

/** Finds the groups an address belongs to without walking all entries: one map look-up per prefix length in use. */
export interface SourceIndex {
  /**
   * One match per group, its best; best first: with port, with transport, longest prefix. Empty for strangers and unreadable addresses.
   * `bears` says whether the request bears a token; absent: it bears none.
   */
  match(ip: string, port: number, transport: AclTransport | 'ws' | 'wss', bears?: (token: SourceToken) => boolean): MatchedSource[];
  /** Fields that carry tokens, in lower case: for nobody else to see. */
  readonly tokenHeaders: ReadonlySet<string>;
  /** Groups whose calls come from where their logins are registered. */
  readonly registered: ReadonlyMap<string, SourceRecord>;
  /** Whether any entry, whatever its port and transport, holds the IPv4 address or something of the IPv6 /64 it is of. */
  knowsSite(address: IpAddress): boolean;
}

interface Held {
  readonly entry: AclEntry;
  readonly source: MatchedSource;
  readonly token: SourceToken | undefined;
}

/** Orders matches by how closely they name the address: with port, with transport, the longest prefix (decision C1, rule 3). */
export const compareAddresses = (a: MatchedSource, b: MatchedSource): number =>
  Number(b.exactPort) - Number(a.exactPort) || Number(b.exactTransport) - Number(a.exactTransport) || b.prefixBits - a.prefixBits;

/** The same, and equal ones by group id, so that the order does not hang on the order of loading. */
export const compareSources = (a: MatchedSource, b: MatchedSource): number =>
  compareAddresses(a, b) || (a.trunkGroupId < b.trunkGroupId ? -1 : a.trunkGroupId > b.trunkGroupId ? 1 : 0);

function heldOf(record: SourceRecord, text: string): Held | null {
  const parsed = parseAclEntry(text);
  if (!parsed.ok) return null;
  const entry = parsed.value;
  const { trunkGroupId, groupKind, accountId, mode, marks } = record;
  const exact = { exactPort: entry.port !== null, exactTransport: entry.transport !== null, prefixBits: entry.prefix.bits };
  return { entry, source: { trunkGroupId, groupKind, accountId, mode, entry: text, ...exact, ...metMarks(marks) }, token: marks?.token };
}

const tokenHeadersOf = (records: readonly SourceRecord[]): ReadonlySet<string> =>
  new Set(records.flatMap(({ marks }) => (marks?.token === undefined ? [] : [marks.token.header.toLowerCase()])));

const registeredOf = (records: readonly SourceRecord[]): ReadonlyMap<string, SourceRecord> =>
  new Map(records.flatMap((record) => (record.marks?.registered === true ? [[record.trunkGroupId, record] as const] : [])));

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
  const match: SourceIndex['match'] = (ip, port, transport, bears = () => false) => {
    const address = parseIp(ip);
    if (address === null) return [];
    const { family } = address;
    const hits = [...(byPrefix.get(keyOf(family, widthOf(family), address.value, port)) ?? [])];
    for (const bits of lengths[family]) hits.push(...(byPrefix.get(keyOf(family, bits, maskTo(address, bits), null)) ?? []));
    const carried = transport === 'ws' || transport === 'wss' ? CARRIED_BY[transport] : transport;
    const fitting = hits.filter(({ entry }) => entry.transport === null || entry.transport === carried);
    const best = new Map<string, MatchedSource>();
    for (const { source, token } of fitting.sort((a, b) => compareSources(a.source, b.source))) {
      if (best.has(source.trunkGroupId)) continue;
      best.set(source.trunkGroupId, token === undefined ? source : { ...source, marks: { ...source.marks, token: bears(token) } });
    }
    return [...best.values()];
  };
  const knowsSite = (address: IpAddress): boolean =>
    [...sites[address.family]].some((bits) => known.has(`${address.family}/${bits}/${maskTo(address, bits)}`));
  return { match, knowsSite, tokenHeaders: tokenHeadersOf(records), registered: registeredOf(records) };
}
