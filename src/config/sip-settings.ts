import { z } from 'zod';
import { parseDrachtioUrl } from './drachtio-url.ts';
import { anyText, choice, integer, isHost, isNetwork, optionalText, text, texts } from './setting.ts';
import { sipCalls } from './sip-call-settings.ts';
import { sipFailover } from './sip-failover-settings.ts';
import { engineRules, engineTrace, engineTransports, sipBans, sipListening } from './sip-transport-settings.ts';

const isCountry = (value: string): boolean => /^[A-Z]{2}$/.test(value);
const isDrachtio = (value: string): boolean => parseDrachtioUrl(value, 'any') !== undefined;

/** How SIP is served and judged. */
export const sip = z.strictObject({
  host: text('Address the SIP engine listens on.', 'an address', isHost),
  port: integer('SIP port, UDP and TCP; 0 chooses one number that is free on both.', 0, 65535),
  ...sipListening,
  domain: text('The domain (digest realm) of this service; its own addresses are hosts of it too.', 'a host name', isHost),
  drachtioUrl: optionalText(
    'SIP servers to use instead of the embedded engine: drachtio://:secret@host:9022[,…].',
    'a drachtio:// URL',
    isDrachtio,
    {
      env: 'DRACHTIO_URL',
      secret: 'url',
    },
  ),
  drachtioSecret: optionalText('Secret of the SIP servers when DRACHTIO_URL carries none.', 'text', anyText, {
    env: 'DRACHTIO_SECRET',
    secret: true,
  }),
  defaultCountry: optionalText('Country of national dial strings where the group names none.', 'two capital letters', isCountry, {
    env: 'DEFAULT_COUNTRY',
  }),
  // Decision C21: nobody is rung for longer than three minutes.
  ringTimeoutMs: integer('How long a called party may ring before the next target or the refusal, in milliseconds.', 50, 180_000),
  unansweredCallsMax: integer(
    'Calls of one customer group that may ring at once with one agent where its address over UDP alone tells whose they are.',
    1,
    100_000,
  ),
  sessionExpiresSeconds: integer(
    'Session timer of each leg whose far side knows them, in seconds (RFC 4028): a leg that is dead is found out within it; 0: none, else at least 90.',
    0,
    86_400,
  ),
  ...sipFailover,
  ...sipCalls,
  digestAlgorithm: choice('Algorithms a digest challenge offers; `both` puts SHA-256 first (RFC 8760).', ['md5', 'sha256', 'both']),
  nonceLifetimeMs: integer('Life of a digest nonce, in milliseconds.', 1000, 3_600_000),
  registerExpiresDefaultSeconds: integer('How long a registration lasts that does not say, in seconds.', 1, 86_400),
  registerExpiresMinSeconds: integer(
    'Shortest registration; a shorter one gets 423, in seconds (at most an hour, RFC 3261 §10.3).',
    1,
    3600,
  ),
  registerExpiresMaxSeconds: integer('Longest registration; a longer one is cut, in seconds.', 1, 604_800),
  registerContactsMax: integer('Phones that may be registered with one login at once.', 1, 100),
  keepAliveMs: integer('How often a phone behind NAT is sent an OPTIONS over UDP, in milliseconds.', 1000, 600_000),
  keepAlivesPerSecond: integer('OPTIONS to phones that one agent sends each second at most, for each SIP server.', 1, 100_000),
  failedAuthPerMinute: integer('Failed digest answers one source address may give per minute before it is ignored.', 1, 1_000_000),
  ...sipBans,
  unknownSource: choice('What a request from an unknown source gets when it is not for a host of ours: silence or 403.', ['drop', '403']),
  targetNetworks: texts(
    'Private networks that endpoints and contacts may lie in and tenants may call from; loopback is allowed while SIP_HOST is loopback.',
    'addresses or CIDRs',
    isNetwork,
  ),
});

/** The SIP server of our own. */
export const engine = z.strictObject({
  graceMs: integer('How long the embedded engine outlives its parent to end its calls, in milliseconds.', 0, 60_000),
  t1Ms: integer('SIP timer T1, the round-trip estimate, in milliseconds (RFC 3261 §17.1.1.1).', 5, 5000),
  t2Ms: integer('SIP timer T2, the longest retransmission interval, in milliseconds.', 10, 32_000),
  t4Ms: integer('SIP timer T4, the longest life of a message in the network, in milliseconds.', 10, 32_000),
  ...engineRules,
  ...engineTransports,
  ...engineTrace,
});
