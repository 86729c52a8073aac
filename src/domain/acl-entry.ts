import { err, ok, type Result } from '../kit/result.ts';
import { type IpPrefix, parseIp, parsePort, parsePrefix, widthOf } from './ip-address.ts';
import { distinction, type SourceMarks } from './source-marks.ts';

/** What an entry may name; a stream is what carries it, not what is spoken on it. */
export type AclTransport = 'udp' | 'tcp' | 'tls';

/** One item of an ACL: a block of addresses, or one address with a port and perhaps a transport (decision C1). */
export interface AclEntry {
  readonly prefix: IpPrefix;
  readonly port: number | null;
  readonly transport: AclTransport | null;
}

const ENTRY_MAX = 64;
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
  return ok({ prefix, port, transport: transport === null ? null : (transport.toLowerCase() as AclTransport) });
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

/**
 * The first entry of `acl` that another customer group holds with equal prefix, port and transport, where nothing else tells the two
 * apart; nesting is no conflict (decision C1).
 */
export function sourceConflicts(
  others: readonly { readonly trunkGroupId: string; readonly acl: readonly string[]; readonly marks?: SourceMarks | undefined }[],
  acl: readonly string[],
  marks?: SourceMarks,
): { readonly entry: string; readonly trunkGroupId: string } | null {
  const keyOf = (text: string): string | null => {
    const parsed = parseAclEntry(text);
    return parsed.ok ? entryKey(parsed.value) : null;
  };
  const told = distinction(marks);
  const alike = others.filter((other) => distinction(other.marks) === told);
  const taken = new Map<string | null, string>();
  for (const other of alike) for (const text of other.acl) taken.set(keyOf(text), other.trunkGroupId);
  taken.delete(null);
  for (const entry of acl) {
    const trunkGroupId = taken.get(keyOf(entry));
    if (trunkGroupId !== undefined) return { entry, trunkGroupId };
  }
  return null;
}
