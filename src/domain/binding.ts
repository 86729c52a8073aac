import type { CredentialRecord } from './records.ts';

/** Where a phone can be reached: what it registered, and the way its REGISTER came (decision C20). */
export interface Binding {
  /** Names it among the bindings of its login; no remote text. */
  readonly id: string;
  readonly contact: string;
  /** 0 to 1000: higher rings first. */
  readonly q: number;
  /** Milliseconds until it is gone, counted when it was read. */
  readonly remainingMs: number;
  /** Milliseconds since its last REGISTER: the stream that came by is at least as old. Absent: nobody can say. */
  readonly ageMs?: number;
  /** The SIP server it registered through, as agents name it: calls go through the same. */
  readonly server: string;
  readonly source: FlowSource;
  /** True: its Contact is not where its REGISTER came from, or it is a stream, so calls go to the source. */
  readonly viaSource: boolean;
  /** The way its proxies want to be gone through, first hop first (RFC 3327). */
  readonly path: readonly string[];
  readonly userAgent: string;
}

/** Where a request came from. */
export interface FlowSource {
  readonly ip: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Our `host:port` it came to, as the SIP server tells it: what goes back over UDP leaves by it. Absent: the server did not say. */
  readonly receivedOn?: string;
}

/** Whether a binding's phone itself sends from there; with a Path its source is a proxy's, and everybody's behind that (RFC 3327 §5.1). */
export const isSender = ({ source, path }: Binding, { ip, port, transport }: FlowSource): boolean =>
  path.length === 0 && source.ip === ip && source.port === port && source.transport === transport;

// The end of a sealed text is its authentication tag: another one with every sealing, and no secret.
const MARK_LENGTH = 22;

/** Changes with every change of a login's password or owner: bindings made under another mark are nobody's any more. */
export const loginMark = ({ id, sealedHa1 }: Pick<CredentialRecord, 'id' | 'sealedHa1'>): string =>
  `${id}.${sealedHa1.slice(-MARK_LENGTH).replaceAll(/[^\w-]/g, '')}`;

/** How contacts of one login are rung: in the order of their q, equals together (RFC 3261 §16.6), all at once, or one after another. */
export type RingOrder = 'q' | 'parallel' | 'serial';

/** The bindings in the order they ring: each list is rung at once, the next one when nobody of it took the call. */
export function ringOrder(bindings: readonly Binding[], order: RingOrder): readonly (readonly Binding[])[] {
  // Equal ones in an order that does not hang on Redis.
  const sorted = bindings.toSorted((a, b) => b.q - a.q || b.remainingMs - a.remainingMs || (a.id < b.id ? -1 : 1));
  if (order === 'parallel') return sorted.length === 0 ? [] : [sorted];
  if (order === 'serial') return sorted.map((binding) => [binding]);
  const groups: Binding[][] = [];
  for (const binding of sorted) {
    const last = groups.at(-1);
    if (last?.[0]?.q === binding.q) last.push(binding);
    else groups.push([binding]);
  }
  return groups;
}
