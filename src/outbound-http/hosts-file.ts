import { isIP } from 'node:net';
import type { HostAddress } from './resolve-host.ts';

/** Reads hosts(5): the addresses of each name, in lower case, IPv4 first. Lines that say something else are passed over. */
export function readHosts(text: string): ReadonlyMap<string, readonly HostAddress[]> {
  const hosts = new Map<string, HostAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = hosts.get(key) ?? [];
      known.push({ address, family: family === 6 ? 6 : 4 });
      hosts.set(key, known);
    }
  }
  for (const addresses of hosts.values()) addresses.sort((a, b) => a.family - b.family);
  return hosts;
}
