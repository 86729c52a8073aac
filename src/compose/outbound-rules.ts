import { networkInterfaces } from 'node:os';
import type { Config } from '../config/load-config.ts';
import { parsePortRange } from '../config/port-range.ts';
import { LOOPBACK } from '../domain/closed-networks.ts';
import { parseIp, parsePrefix, prefixHolds } from '../domain/ip-address.ts';
import type { OutboundRules } from '../domain/outbound-url.ts';

/** Where requests may go that tenants ask for, as the settings say: never to this machine, unless over a loopback that is allowed. */
export const outboundRules = ({
  outboundHttp: { allowedNetworks, ports },
  sip: { externalAddress },
}: Pick<Config, 'outboundHttp'> & { readonly sip: Pick<Config['sip'], 'externalAddress'> }): OutboundRules => ({
  allowedNetworks: allowedNetworks.map((text) => parsePrefix(text)).filter((prefix) => prefix !== null),
  ports: ports.flatMap((text) => parsePortRange(text) ?? []),
  // Looked at anew each time: addresses come and go while the process runs.
  get ownAddresses() {
    return [...machineAddresses(), ...(isOutside(externalAddress ?? '') ? [externalAddress ?? ''] : [])].map((ip) => ({ ip, port: null }));
  },
});

const isOutside = (ip: string): boolean => {
  const address = parseIp(ip);
  return address !== null && !LOOPBACK.some((prefix) => prefixHolds(prefix, address));
};

/** Where others reach this machine now. */
export const machineAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => (list ?? []).map(({ address }) => address))
    .filter(isOutside);
