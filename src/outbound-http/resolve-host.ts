import { lookup } from 'node:dns/promises';

/** One address of a name. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds all addresses of a name. Throws when there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly HostAddress[]>;

/** As the machine resolves names, hosts file included; IPv4 first, because more networks have it. */
export const resolveHost: ResolveHost = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: 'ipv4first' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};
