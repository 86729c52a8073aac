import { BlockList, isIP } from 'node:net';

/** Networks whose members see our own address and not the external one. */
export interface LocalNetworks {
  has(address: string): boolean;
}

/** Reads CIDRs and single addresses; throws with the text of the first that is neither. */
export function localNetworks(cidrs: readonly string[]): LocalNetworks {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits, ...more] = cidr.split('/');
    const version = isIP(network);
    const width = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? width : Number(bits);
    if (version === 0 || more.length > 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > width)
      throw new Error(`"${cidr}" is no network`);
    list.addSubnet(network, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  if (cidrs.length === 0) return { has: () => false };
  return { has: (address) => isIP(address) !== 0 && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4') };
}
