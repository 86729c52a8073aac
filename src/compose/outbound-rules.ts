import type { Config } from '../config/load-config.ts';
import { parsePortRange } from '../config/port-range.ts';
import { parsePrefix } from '../domain/ip-address.ts';
import type { OutboundRules } from '../domain/outbound-url.ts';

/** Where requests may go that tenants ask for, as the settings say. */
export const outboundRules = ({ allowedNetworks, ports }: Config['outboundHttp']): OutboundRules => ({
  allowedNetworks: allowedNetworks.map((text) => parsePrefix(text)).filter((prefix) => prefix !== null),
  ports: ports.flatMap((text) => parsePortRange(text) ?? []),
});
