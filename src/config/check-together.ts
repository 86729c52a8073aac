import { ConfigError } from './config-error.ts';
import { parseDrachtioUrl } from './drachtio-url.ts';
import type { Config } from './load-config.ts';

/** Refuses settings that are good alone and wrong together; `nameOf` gives a setting's name as its writer spelt it. */
export function checkTogether(config: Config, nameOf: (path: string) => string): void {
  const { sip, ops, plane, engine, jobs, webhooks, process } = config;
  checkListening(config, nameOf);
  if (sip.drachtioUrl !== undefined && parseDrachtioUrl(sip.drachtioUrl, sip.drachtioSecret) === undefined) {
    throw new ConfigError(nameOf('sip.drachtio_url'), 'carries no secret and DRACHTIO_SECRET is unset');
  }
  if (ops.host !== undefined && ops.port === undefined) throw new ConfigError(nameOf('ops.host'), 'needs OPS_PORT');
  if (process.clock === 'test' && config.postgres.url !== undefined && !process.allowTestClock) {
    throw new ConfigError(
      nameOf('process.clock'),
      'test is refused while DATABASE_URL is set, unless ALLOW_TEST_CLOCK=true (decision B16)',
    );
  }
  for (const role of process.roles) {
    if (role === 'api' && process.roles.indexOf('api') !== process.roles.lastIndexOf('api')) {
      throw new ConfigError(nameOf('process.roles'), 'api can be given once: its port is one');
    }
  }
  if (plane.deadAfterMs < 2 * plane.heartbeatMs) {
    throw new ConfigError(nameOf('plane.dead_after_ms'), 'must be at least twice plane.heartbeat_ms');
  }
  // A run that outlives its lease is run again: its event would be sent twice for nothing.
  if (webhooks.timeoutMs + 5000 > jobs.leaseMs) {
    throw new ConfigError(nameOf('webhooks.timeout_ms'), 'must be at least 5 s below jobs.lease_ms');
  }
  // A stream may be silent from one REGISTER to the next: closed before, its phone could not be called (decision C20).
  if (sip.drachtioUrl === undefined && engine.tcpIdleMs <= sip.registerExpiresMaxSeconds * 1000) {
    throw new ConfigError(nameOf('engine.tcp_idle_ms'), 'must be above the longest registration (sip.register_expires_max_seconds)');
  }
  // RFC 4028 §4.
  if (sip.sessionExpiresSeconds > 0 && sip.sessionExpiresSeconds < 90) {
    throw new ConfigError(nameOf('sip.session_expires_seconds'), 'must be 0 or at least 90');
  }
  if (engine.t2Ms < engine.t1Ms) throw new ConfigError(nameOf('engine.t2_ms'), 'must not be below engine.t1_ms');
}

function checkListening({ sip }: Config, nameOf: (path: string) => string): void {
  if (sip.tlsPort !== undefined && sip.listen.length > 0) {
    throw new ConfigError(nameOf('sip.tls_port'), 'goes with SIP_HOST and SIP_PORT; add tls/address:port to SIP_LISTEN instead');
  }
  const secure = sip.tlsPort !== undefined ? 'sip.tls_port' : sip.listen.some((at) => /^(tls|wss)\//.test(at)) ? 'sip.listen' : undefined;
  if (secure !== undefined && (sip.tlsCertificateFile === undefined || sip.tlsKeyFile === undefined)) {
    throw new ConfigError(nameOf(secure), 'needs SIP_TLS_CERTIFICATE_FILE and SIP_TLS_KEY_FILE');
  }
}
