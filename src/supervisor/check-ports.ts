import type { Config } from '../config/load-config.ts';
import { portRefusal } from '../local/free-port.ts';
import { SetUpError } from '../local/set-up-error.ts';

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'needs more rights (ports below 1024)',
  EADDRNOTAVAIL: 'cannot be bound: the address is not of this machine',
};

/** Refuses to start when a port we will need cannot be bound, naming its setting (decision B38), before anything is started. */
export async function checkPorts(config: Config): Promise<void> {
  const wanted = [{ key: 'HTTP_PORT', host: config.http.host, port: config.http.port, transports: ['tcp'] as const }];
  const needsEngine = config.process.roles.includes('agent') && config.sip.drachtioUrl === undefined;
  const sip = { key: 'SIP_PORT', host: config.sip.host, port: config.sip.port, transports: ['tcp', 'udp'] as const };
  const ops = { key: 'OPS_PORT', host: config.ops.host ?? config.http.host, port: config.ops.port ?? 0, transports: ['tcp'] as const };
  for (const { key, host, port, transports } of [...wanted, ...(needsEngine ? [sip] : []), ops]) {
    const refusal = await portRefusal(host, port, transports);
    if (refusal !== undefined) throw new SetUpError(`${key}: ${host}:${port} ${WHY[refusal] ?? `cannot be bound (${refusal})`}`);
  }
}
