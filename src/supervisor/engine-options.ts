import { createHash } from 'node:crypto';
import type { Config } from '../config/load-config.ts';

/**
 * The agent ignores strangers by silence (decision C1, rule 8) and speaks of every call it takes within `speakAfterMs`. What it
 * says nothing about must not be held much longer, or a stranger fills the engine and keeps everybody's calls out.
 */
const SILENCE_MS = 4000;

/** The addresses the engine listens on: SIP_LISTEN, or TCP and UDP (and TLS) of SIP_HOST. */
export function listenAddresses({ sip }: Config): readonly string[] {
  if (sip.listen.length > 0) return sip.listen;
  const host = sip.host.includes(':') ? `[${sip.host}]` : sip.host;
  const secure = sip.tlsPort === undefined ? [] : [`tls/${host}:${sip.tlsPort}`];
  return [`tcp/${host}:${sip.port}`, `udp/${host}:${sip.port}`, ...secure];
}

/**
 * Where agents find the engine. Its control port is another one after each start; its name is that of this DATA_DIR, made from the secret
 * kept there, so that what is registered stays reachable (decision C20), and no other node's engine has it.
 */
export function engineUrl(controlSecret: string, controlPort: unknown): string {
  const name = createHash('sha256').update(`sip server ${controlSecret}`).digest('hex').slice(0, 16);
  return `drachtio://engine-${name}:${controlSecret}@127.0.0.1:${controlPort}`;
}

/** What the engine's process is told; after a restart it listens where it did before (`last`), also where the kernel chose. */
export function engineOptions(config: Config, controlSecret: string, last: Readonly<Record<string, unknown>> | undefined): object {
  const { sip, engine } = config;
  const { graceMs, t1Ms, t2Ms, t4Ms, nextTargetMs, nat, scanners, hepTarget, hepCaptureId, hepPassword, ...limits } = engine;
  return {
    listen: last?.sip_listen ?? listenAddresses(config),
    controlPort: last?.control_port ?? 0,
    controlSecret,
    externalAddress: sip.externalAddress,
    localNetworks: sip.localNetworks,
    ...(hepTarget === undefined ? {} : { hep: { target: hepTarget, captureId: hepCaptureId, password: hepPassword } }),
    ...(sip.dnsServers.length === 0 ? {} : { dnsServers: sip.dnsServers }),
    ...(sip.wsOrigins.length === 0 ? {} : { wsOrigins: sip.wsOrigins }),
    tls: {
      certificateFile: sip.tlsCertificateFile,
      keyFile: sip.tlsKeyFile,
      authoritiesFile: sip.tlsAuthoritiesFile,
      minimumVersion: sip.tlsMinimumVersion,
      verifyServers: sip.tlsVerifyServers,
      clientCertificates: sip.tlsClientCertificates,
    },
    graceMs,
    nat,
    scanners,
    timers: { t1Ms, t2Ms, t4Ms, nextTargetMs, applicationSilenceMs: SILENCE_MS },
    limits,
    silentInvites: 'forget',
    // An agent that is lost had admitted its call, and each call has one record (invariant 12).
    lostInvites: 'refuse',
    logLevel: config.process.logLevel,
  };
}
