import type { Config } from '../config/load-config.ts';
import { portRefusal } from '../local/free-port.ts';
import { SetUpError } from '../local/set-up-error.ts';
import { listenAddresses } from './engine-options.ts';

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'needs more rights (ports below 1024)',
  EADDRNOTAVAIL: 'cannot be bound: the address is not of this machine',
};

/** Refuses to start when a port we will need cannot be bound, naming its setting (decision B38), before anything is started. */
export async function checkPorts(config: Config): Promise<void> {
  const wanted: Wanted[] = [{ key: 'HTTP_PORT', host: config.http.host, port: config.http.port, transports: ['tcp'] }];
  // The embedded engine alone reads these: with servers of somebody else's they would be accepted in silence (decision B33).
  if (config.sip.drachtioUrl !== undefined && (config.sip.tlsPort !== undefined || config.sip.listen.length > 0)) {
    throw new SetUpError(`${config.sip.tlsPort === undefined ? 'SIP_LISTEN' : 'SIPS_PORT'}: has no effect on the servers of DRACHTIO_URL`);
  }
  const needsEngine = config.process.roles.includes('agent') && config.sip.drachtioUrl === undefined;
  const ops: Wanted = { key: 'OPS_PORT', host: config.ops.host ?? config.http.host, port: config.ops.port ?? 0, transports: ['tcp'] };
  for (const { key, host, port, transports } of [...wanted, ...(needsEngine ? sipPorts(config) : []), ops]) {
    const refusal = await portRefusal(host, port, transports);
    if (refusal !== undefined) throw new SetUpError(`${key}: ${host}:${port} ${WHY[refusal] ?? `cannot be bound (${refusal})`}`);
  }
}

interface Wanted {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly transports: readonly ('tcp' | 'udp')[];
}

function sipPorts(config: Config): Wanted[] {
  const { listen, port, tlsPort } = config.sip;
  return listenAddresses(config).map((address) => {
    const [transport, at = ''] = (address.split(';')[0] ?? '').split('/');
    const colon = at.lastIndexOf(':');
    const number = Number(at.slice(colon + 1));
    const key = listen.length > 0 ? 'SIP_LISTEN' : transport === 'tls' && tlsPort !== port ? 'SIPS_PORT' : 'SIP_PORT';
    return { key, host: at.slice(0, colon).replace(/[[\]]/g, ''), port: number, transports: [transport === 'udp' ? 'udp' : 'tcp'] };
  });
}
