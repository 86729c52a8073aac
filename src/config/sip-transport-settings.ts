import { isIP } from 'node:net';
import { choice, flag, integer, isHost, isNetwork, optionalPort, optionalText, texts } from './setting.ts';

const LISTEN = /^(udp|tcp|tls|ws|wss)\/(\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})(;external=[A-Za-z0-9.:[\]-]+)?$/;

/** True for `tls/0.0.0.0:5061`, `udp/[::]:5060;external=203.0.113.5` and their like. */
function isListenAddress(value: string): boolean {
  const [, , host = '', port] = LISTEN.exec(value) ?? [];
  return isIP(host.replace(/[[\]]/g, '')) !== 0 && Number(port) <= 65_535;
}

const isServer = (value: string): boolean => isNetwork(value.replace(/^\[?([^\]]*?)\]?(:[0-9]{1,5})?$/, '$1')) || isNetwork(value);
const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value.toLowerCase();
const anyText = (value: string): boolean => value !== '';
const isHostPort = (value: string): boolean => /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[1-9][0-9]{0,4}$/.test(value);

/** Where the SIP engine listens, and as whom. */
export const sipListening = {
  tlsPort: optionalPort('SIP over TLS port on SIP_HOST; needs a certificate.', { env: 'SIPS_PORT' }),
  externalAddress: optionalText(
    'Address put into Contact and Via behind NAT or when listening on 0.0.0.0.',
    'an address or host name',
    isHost,
  ),
  listen: texts(
    'Addresses the SIP engine listens on, instead of SIP_HOST and SIP_PORT. Transports: udp, tcp, tls, ws, wss; `;external=address[:port]` behind one is what peers outside SIP_LOCAL_NETWORKS are told.',
    'transport/address:port',
    isListenAddress,
  ),
  localNetworks: texts('Networks whose members are told bound addresses instead of external ones.', 'addresses or CIDRs', isNetwork),
  tlsCertificateFile: optionalText('Certificate chain of the tls and wss listeners, PEM; read again when it changes.', 'a file', anyText),
  tlsKeyFile: optionalText('Key of that certificate, PEM.', 'a file', anyText),
  tlsAuthoritiesFile: optionalText('Authorities to trust besides the usual ones, PEM.', 'a file', anyText),
  tlsMinimumVersion: choice('Oldest TLS version spoken.', ['TLSv1.2', 'TLSv1.3']),
  tlsVerifyServers: flag('Servers called over TLS must prove the name they were called by.'),
  tlsClientCertificates: choice(
    'Certificates of TLS clients: not asked for, asked for, or needed from an authority of SIP_TLS_AUTHORITIES_FILE.',
    ['no', 'request', 'require'],
  ),
  wsOrigins: texts('Origins of web pages that may connect by WebSocket; without it any.', 'origins such as https://example.com', isOrigin),
  dnsServers: texts('Name servers that SIP targets are looked up at; without it those of the machine.', 'address[:port]', isServer),
};

/** Whom the engine calls back where, and how much it holds at once. */
export const engineRules = {
  nat: choice(
    'Callers whose UDP requests come from elsewhere than their Contact says are reached where those came from: none, those with a private Contact, all.',
    ['off', 'private', 'always'],
  ),
  scanners: texts(
    'Words in User-Agent, From, To or Contact whose requests get no answer.',
    'words of 3 to 64 characters',
    (value) => value.trim().length >= 3 && value.length <= 64,
  ),
  transactionsMax: integer('SIP transactions the engine holds; beyond it new requests get 503.', 100, 10_000_000),
  dialogsMax: integer('Dialogs the engine holds, two for a call; beyond it new requests get 503.', 100, 10_000_000),
};

/** Bounds of the engine's transports. */
export const engineTransports = {
  connectionsMax: integer('Streams (TCP, TLS, WebSocket) the engine holds, both ways.', 10, 1_000_000),
  connectionsPerSourceMax: integer('Streams one IPv4 address or IPv6 /64 may open.', 1, 1_000_000),
  tcpIdleMs: integer(
    'Time after which a stream without messages or keep-alives is closed, in milliseconds; above the longest registration.',
    1000,
    700_000_000,
  ),
  tcpFirstMessageMs: integer(
    'Time within which whoever opens a stream must say a whole SIP message, in milliseconds; it is closed else.',
    1000,
    3_600_000,
  ),
  keepAliveMs: integer('How often streams are checked by a keep-alive (RFC 5626, RFC 6455), in milliseconds; 0: never.', 0, 3_600_000),
  sourceRequestsPerSecond: integer(
    'Requests outside dialogs that one IPv4 address or IPv6 /64 may send each second, and twice as many at once; more get 503.',
    1,
    1_000_000,
  ),
  newRequestsPerSecond: integer('Requests outside dialogs taken each second from everybody together; more get 503.', 1, 1_000_000),
  refusalsPerSecond: integer('Refusals for the two limits above sent each second; what is beyond is not answered.', 0, 1_000_000),
  queueDelayMsMax: integer(
    'How long datagrams may wait to be read, for a second on end, before new requests get 503, in milliseconds.',
    10,
    60_000,
  ),
  udpRequestBytesMax: integer(
    'Largest request sent over UDP where TCP would do, in bytes (RFC 3261 §18.1.1: 1300); 0: any size goes over UDP.',
    0,
    65_535,
  ),
  nextTargetMs: integer('How long one of several hosts of a name may stay silent before the next is tried, in milliseconds.', 50, 32_000),
  failedTargetMs: integer('How long a host that failed is tried last, in milliseconds.', 0, 3_600_000),
  dnsDeadlineMs: integer('Time name servers have to answer, in milliseconds.', 50, 10_000),
};

/** What the engine keeps and tells of the messages of calls. */
export const engineTrace = {
  traceBytesMax: integer('Bytes of SIP messages the engine keeps of the latest calls; 0: none, there are no traces.', 0, 4_294_967_296),
  traceMessagesMax: integer('SIP messages it keeps of the latest calls.', 1, 10_000_000),
  traceMessagesPerCallMax: integer('SIP messages it keeps of one leg of a call.', 1, 100_000),
  hepTarget: optionalText('Collector (such as Homer) that is told every SIP message by HEP3 over UDP.', 'host:port', isHostPort, {
    env: 'HEP_TARGET',
  }),
  hepCaptureId: integer('How the collector knows this engine.', 0, 4_294_967_295, { env: 'HEP_CAPTURE_ID' }),
  hepPassword: optionalText('What the collector wants to hear.', 'text', anyText, { env: 'HEP_PASSWORD', secret: true }),
};

/** When sources that fail to log in are not answered any more. */
export const sipBans = {
  banFailures: integer('Failed digest answers one address may give within the window before it is banned; 0: nobody is.', 0, 1_000_000),
  banWindowMs: integer('That window, in milliseconds.', 1000, 86_400_000),
  banMs: integer('How long an address is banned, in milliseconds.', 1000, 2_592_000_000),
  banExempt: texts('Networks that are never banned, besides those of trunk groups.', 'addresses or CIDRs', isNetwork),
};
