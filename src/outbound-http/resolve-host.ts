import { Resolver } from 'node:dns/promises';
import { readFileSync, statSync } from 'node:fs';
import { readHosts } from './hosts-file.ts';

/** One address of a name. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds all addresses of a name, none where there are none. Called off when `deadline` aborts. */
export type ResolveHost = (hostname: string, deadline: AbortSignal) => Promise<readonly HostAddress[]>;

export interface ResolveHostOptions {
  /** Name servers as `address:port` instead of the machine's. */
  readonly servers?: readonly string[];
  /** In the form of hosts(5). */
  readonly hostsFile?: string;
}

/** Each name server is asked so often, and for so long at first; later tries take longer. */
const TRIES = 2;
const TRY_MS = 1500;

// RFC 6761 §6.3: such names are never asked of a name server.
const LOCALHOST: readonly HostAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Names as the machine knows them, its hosts file first; IPv4 first, because more networks have it. The system's own lookup
 * (getaddrinfo) is not used: it cannot be called off and holds one of the process's four threads for as long as a tenant's name server
 * likes, and files and keys wait for those threads too.
 */
export function createResolveHost({ servers, hostsFile = '/etc/hosts' }: ResolveHostOptions = {}): ResolveHost {
  const hosts = hostsOf(hostsFile);
  return async (hostname, deadline) => {
    deadline.throwIfAborted();
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const known = hosts().get(name);
    if (known !== undefined) return known;
    if (name === 'localhost' || name.endsWith('.localhost')) return LOCALHOST;
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    deadline.addEventListener('abort', cancel, { once: true });
    try {
      const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
    } finally {
      deadline.removeEventListener('abort', cancel);
    }
  };
}

const addressesOf = (found: PromiseSettledResult<readonly string[]>, family: 4 | 6): readonly HostAddress[] =>
  found.status === 'fulfilled' ? found.value.map((address) => ({ address, family })) : [];

/** The hosts file, read again when it has changed; read in place, because a file so small takes less than a turn of the threads. */
function hostsOf(path: string): () => ReturnType<typeof readHosts> {
  let read = { mtimeMs: -1, hosts: readHosts('') };
  return () => {
    const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
    if (mtimeMs !== read.mtimeMs) read = { mtimeMs, hosts: readHosts(mtimeMs === -1 ? '' : readFileSync(path, 'utf8')) };
    return read.hosts;
  };
}
