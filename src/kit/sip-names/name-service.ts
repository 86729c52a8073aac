import { lookup, type NaptrRecord, type SrvRecord } from 'node:dns';
import { Resolver as DnsResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { HostsFile } from './hosts-file.ts';

/** An address of a name and how long it holds. */
export interface AddressRecord {
  readonly address: string;
  readonly ttlMs: number;
}

/** Asks for records. An empty list says that there are none; a rejection, that nobody can say. */
export interface NameService {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** A and AAAA of the given families, IPv4 first. */
  addresses(name: string, families: readonly (4 | 6)[]): Promise<readonly AddressRecord[]>;
}

/** Names whose addresses no server told have no lifetime of their own. */
const UNTOLD_TTL_MS = 30_000;
/** The system's own resolver blocks a thread for as long as it likes: few may do so at once. */
const SYSTEM_LOOKUPS_MAX = 2;

/** Asks the given name servers (`address[:port]`), or the system's; without given ones the hosts file and search domains count too. */
export function nameService(servers: readonly string[], deadlineMs: number): NameService {
  const dns = new DnsResolver({ timeout: Math.max(50, Math.ceil(deadlineMs / 2)), tries: 2 });
  if (servers.length > 0) dns.setServers(servers);
  const hosts = servers.length > 0 ? undefined : new HostsFile();
  return {
    naptr: (name) => orNone(dns.resolveNaptr(name)),
    srv: (name) => orNone(dns.resolveSrv(name)),
    addresses: async (name, families) => {
      const local = ((await hosts?.find(name)) ?? []).filter((address) => families.includes(isIP(address) as 4 | 6));
      if (local.length > 0) return local.map((address) => ({ address, ttlMs: UNTOLD_TTL_MS }));
      const answers = await Promise.allSettled(families.map((family) => ask(dns, name, family)));
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      if (found.length > 0) return found;
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return hosts === undefined ? [] : askSystem(name, families);
    },
  };
}

async function ask(dns: DnsResolver, name: string, family: 4 | 6): Promise<AddressRecord[]> {
  const records = await orNone(family === 4 ? dns.resolve4(name, { ttl: true }) : dns.resolve6(name, { ttl: true }));
  return records.map(({ address, ttl }) => ({ address, ttlMs: 1000 * ttl }));
}

async function orNone<T>(question: Promise<T[]>): Promise<T[]> {
  try {
    return await question;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME') return [];
    throw error;
  }
}

let systemLookups = 0;

// For names that only the system can complete: search domains, mDNS and the like.
function askSystem(name: string, families: readonly (4 | 6)[]): Promise<readonly AddressRecord[]> {
  if (systemLookups >= SYSTEM_LOOKUPS_MAX) return Promise.resolve([]);
  systemLookups += 1;
  return new Promise((done) =>
    lookup(name, { all: true }, (error, found) => {
      systemLookups -= 1;
      const usable = error === null ? found.filter(({ family }) => families.includes(family as 4 | 6)) : [];
      done(usable.map(({ address }) => ({ address, ttlMs: UNTOLD_TTL_MS })));
    }),
  );
}
