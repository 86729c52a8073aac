import type { SrvRecord } from 'node:dns';
import type { NameService } from './name-service.ts';
import { defaultPort, type Protocol } from './sip-transport.ts';

/** A name to be called, before it is resolved. */
export interface NamedDestination {
  /** Undefined: whatever the name's owner prefers and we speak. */
  readonly protocol: Protocol | undefined;
  /** sips: nothing but TLS. */
  readonly secure: boolean;
  /** Lower case. */
  readonly host: string;
  readonly port: number | undefined;
}

/** One host that serves the name, with what its order depends on. Lower `rank` and `priority` come first, `weight` shares among equals. */
export interface Hop {
  readonly protocol: Protocol;
  readonly port: number;
  readonly rank: number;
  readonly priority: number;
  readonly weight: number;
  readonly addresses: readonly string[];
}

/** What a name resolved to, and how long that holds. */
export interface Located {
  readonly hops: readonly Hop[];
  readonly ttlMs: number;
  /** NAPTR or SRV records had a say: their lifetime is not known. */
  readonly byService: boolean;
}

/** What locating needs. */
export interface LocateDeps {
  readonly names: NameService;
  /** True when we can send by that transport over that family. */
  reaches(protocol: Protocol, family: 4 | 6): boolean;
}

/** Our order of preference where the name's owner states none. */
const SERVICES: readonly { readonly protocol: Protocol; readonly naptr: string; readonly srv: string }[] = [
  { protocol: 'udp', naptr: 'SIP+D2U', srv: '_sip._udp.' },
  { protocol: 'tcp', naptr: 'SIP+D2T', srv: '_sip._tcp.' },
  { protocol: 'tls', naptr: 'SIPS+D2T', srv: '_sips._tcp.' },
];

const NAPTR_MAX = 8;
const SRV_MAX = 16;
const ADDRESSES_MAX = 8;

interface Service {
  readonly protocol: Protocol;
  readonly name: string;
}

/** Finds the hosts behind a name by NAPTR, SRV and A/AAAA (RFC 3263 §4). Rejects when the name servers do not answer. */
export async function locate(deps: LocateDeps, to: NamedDestination): Promise<Located> {
  // An explicit port means no SRV (§4.2); a name without a dot is a host.
  if (to.port === undefined && to.host.includes('.')) {
    const found = await locateServices(deps, await servicesOf(deps, to));
    if (found.hops.length > 0) return found;
  }
  const protocol = to.protocol ?? (to.secure ? 'tls' : 'udp');
  const { addresses, ttlMs } = await addressesOf(deps, protocol, to.host);
  const hop: Hop = { protocol, port: to.port ?? defaultPort(protocol), rank: 0, priority: 0, weight: 0, addresses };
  return { hops: addresses.length === 0 ? [] : [hop], ttlMs, byService: false };
}

/** SRV names to ask for, most wanted first (§4.1). */
async function servicesOf(deps: LocateDeps, to: NamedDestination): Promise<Service[]> {
  const usable = SERVICES.filter(
    ({ protocol }) =>
      (to.protocol === undefined ? !to.secure || protocol === 'tls' : protocol === to.protocol) &&
      (deps.reaches(protocol, 4) || deps.reaches(protocol, 6)),
  );
  if (to.protocol === undefined) {
    // A server that chokes on NAPTR must not keep us from SRV.
    const records = await deps.names.naptr(to.host).catch(() => []);
    const named = [...records]
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap(({ flags, service, replacement }) => {
        const known = usable.find(({ naptr }) => naptr === service.toUpperCase());
        return known !== undefined && flags.toLowerCase() === 's' && replacement !== ''
          ? [{ protocol: known.protocol, name: replacement.toLowerCase() }]
          : [];
      })
      .slice(0, NAPTR_MAX);
    if (named.length > 0) return named;
  }
  return usable.map(({ protocol, srv }) => ({ protocol, name: `${srv}${to.host}` }));
}

async function locateServices(deps: LocateDeps, services: readonly Service[]): Promise<Located> {
  const answers = await Promise.all(services.map(({ name }) => deps.names.srv(name).catch((): SrvRecord[] => [])));
  const records = answers
    .flatMap((found, rank) =>
      found
        // A target of "." says that the service is not there (RFC 2782).
        .filter(({ name, port }) => name !== '' && name !== '.' && port > 0)
        .map((record) => ({ record, rank, protocol: services[rank]?.protocol ?? 'udp' })),
    )
    .slice(0, SRV_MAX);
  const located = await Promise.all(
    records.map(({ record, protocol }) => addressesOf(deps, protocol, record.name.toLowerCase()).catch(() => NO_ADDRESS)),
  );
  const hops = records.flatMap(({ record, rank, protocol }, index): Hop[] => {
    const { addresses } = located[index] ?? NO_ADDRESS;
    const { port, priority, weight } = record;
    return addresses.length === 0 ? [] : [{ protocol, port, rank, priority, weight, addresses }];
  });
  return { hops, ttlMs: Math.min(...located.map(({ ttlMs }) => ttlMs)), byService: true };
}

const NO_ADDRESS: { readonly addresses: readonly string[]; readonly ttlMs: number } = { addresses: [], ttlMs: Number.POSITIVE_INFINITY };

async function addressesOf(deps: LocateDeps, protocol: Protocol, host: string): Promise<typeof NO_ADDRESS> {
  const families = ([4, 6] as const).filter((family) => deps.reaches(protocol, family));
  if (families.length === 0) return NO_ADDRESS;
  const records = (await deps.names.addresses(host, families)).slice(0, ADDRESSES_MAX);
  return { addresses: records.map(({ address }) => address), ttlMs: Math.min(...records.map(({ ttlMs }) => ttlMs)) };
}
