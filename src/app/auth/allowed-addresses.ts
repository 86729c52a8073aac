import { BlockList, isIP } from 'node:net';

/** True when `ip` lies in one of the addresses or CIDRs of a key; an empty list allows every address. */
export function isAddressAllowed(allowed: readonly string[], ip: string | null): boolean {
  if (allowed.length === 0) return true;
  if (ip === null || isIP(ip) === 0) return false;
  const list = new BlockList();
  for (const entry of allowed) add(list, entry);
  return list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}

/** An entry that is no address or CIDR allows nobody. */
function add(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/', 2);
  const family = isIP(address);
  if (family === 0) return;
  const most = family === 6 ? 128 : 32;
  const length = bits === undefined ? most : Number(bits);
  if (Number.isInteger(length) && length >= 0 && length <= most) list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
}
