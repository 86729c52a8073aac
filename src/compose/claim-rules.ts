import { parseDrachtioUrl } from '../config/drachtio-url.ts';
import type { Config } from '../config/load-config.ts';
import { parseIp, parsePrefix } from '../domain/ip-address.ts';
import type { ClaimRules } from '../domain/tenant-acl.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { machineAddresses } from './outbound-rules.ts';

/** Which addresses tenants may say that their calls come from, as the settings of SIP have it (ADR 0012). */
export const claimRules = ({ sip }: Pick<Config, 'sip'>): ClaimRules => ({
  allowedNetworks: sip.targetNetworks.flatMap((text) => parsePrefix(text) ?? []),
  loopbackAllowed: isLoopbackHost(sip.host),
  get ownAddresses() {
    const servers = (parseDrachtioUrl(sip.drachtioUrl ?? '', sip.drachtioSecret) ?? []).map(({ host }) => host);
    const whole = [...machineAddresses(), ...servers, sip.externalAddress ?? ''].filter(
      (ip) => parseIp(ip) !== null && !isLoopbackHost(ip),
    );
    // On a loopback other parties are other ports of the same address.
    const listener = { ip: sip.host, port: isLoopbackHost(sip.host) ? sip.port : null };
    return [...whole.map((ip) => ({ ip, port: null })), listener];
  },
});
