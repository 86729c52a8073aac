import { buildSourceIndex } from './source-index.ts';
import { type TargetPolicy, type TargetRefusal, targetRefusal } from './target-policy.ts';

/** What can be said of an address before anybody calls: whose gateways and carriers are where is found out at each call. */
export type PlaceRules = Pick<TargetPolicy, 'ownAddresses' | 'allowedNetworks' | 'loopbackAllowed'>;

const NO_SOURCES = buildSourceIndex([]);
const DEFAULT_PORT = { sip: 5060, sips: 5061 } as const;

/** The address that a SIP URI writes; null: it names a host. The URI has been checked before. */
export function literalPlace(uri: string): { readonly ip: string; readonly port: number } | null {
  const [hostPort = ''] = uri.slice(Math.max(uri.lastIndexOf('@'), uri.indexOf(':')) + 1).split(';');
  const [, v6, v6Port, v4, v4Port] = /^(?:\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?|([0-9.]+)(?::([0-9]{1,5}))?)$/.exec(hostPort) ?? [];
  const ip = v6 ?? v4;
  const port = Number(v6Port ?? v4Port ?? (/^sips:/i.test(uri) ? DEFAULT_PORT.sips : DEFAULT_PORT.sip));
  return ip === undefined ? null : { ip, port };
}

/**
 * Why no call is sent to a tenant's SIP URI that writes an address (decision C6); null: it may be, or it names a host, and where that
 * leads is judged at each call.
 */
export function forbiddenPlace(uri: string, rules: PlaceRules): TargetRefusal | null {
  const place = literalPlace(uri);
  if (place === null) return null;
  return targetRefusal({ ...place, transport: 'udp' }, { ...rules, gatewayAddresses: [], carrierSources: NO_SOURCES });
}
