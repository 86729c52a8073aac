import { z } from 'zod';
import { processes } from './process-settings.ts';
import { isRedisUrl } from './redis-url.ts';
import { decodeSealingKey } from './sealing-key.ts';
import {
  anyText,
  decimal,
  flag,
  integer,
  isHost,
  isNetwork,
  optionalPort,
  optionalText,
  records,
  text,
  texts,
  urlWith,
} from './setting.ts';
import { engine, sip } from './sip-settings.ts';
import { telnyx } from './telnyx-settings.ts';
import { vobiz } from './vobiz-settings.ts';
import { outboundHttp, webhooks } from './webhook-settings.ts';

const longText = (bytes: number) => (value: string) => value.length >= bytes;

const http = z.strictObject({
  host: text('Address the HTTP faces listen on.', 'an address or host name', isHost),
  port: integer('Port of the HTTP faces; 0 lets the kernel choose.', 0, 65535),
  publicUrl: optionalText(
    'How clients reach the HTTP faces from outside; used in links, downloads and webhooks.',
    'an http(s) URL',
    urlWith('http', 'https'),
  ),
  trustProxy: texts(
    'Proxies whose X-Forwarded-For is believed; a single number counts hops. Without it the peer is the client.',
    'addresses, CIDRs, or one number of hops',
    (value) => isNetwork(value) || /^[1-9]$/.test(value),
    { env: 'TRUST_PROXY' },
  ),
  connectionsMax: integer(
    'Connections each HTTP listener of a process holds at once; a further one is closed before it is read.',
    10,
    1_000_000,
  ),
  bodyBytesMax: integer('Largest JSON body, in bytes.', 1024, 64 * 1024 * 1024),
  documentBytesMax: integer('Largest document that may be uploaded, in bytes.', 1024, 100 * 1024 * 1024),
  importBytesMax: integer('Largest body of a streamed inventory import, in bytes.', 1024, 16 * 1024 ** 3),
  requestTimeoutMs: integer('Time a client may take to send a whole request, in milliseconds.', 1000, 3_600_000),
  headersTimeoutMs: integer('Time a client may take to send the headers, in milliseconds.', 500, 600_000),
  keepAliveTimeoutMs: integer('Time an idle connection is kept, in milliseconds.', 0, 600_000),
  drainLeadMs: integer(
    'Time a drain is told at /readyz before idle connections are closed, in milliseconds; longer than a load balancer takes to look.',
    0,
    60_000,
  ),
  idempotencyHours: decimal('How long the answer to a request with Idempotency-Key is repeated, in hours; fractions allowed.', 0.001, 8760),
  failedAuthPerMinute: integer('Failed authentications one source address may make per minute before it gets 429.', 1, 1_000_000),
});

const ops = z.strictObject({
  host: optionalText('Address of the operations listener; as HTTP_HOST when only OPS_PORT is set.', 'an address or host name', isHost),
  port: optionalPort('Port of a listener of its own for /metrics, /admin and the detail of /readyz; without it they share the HTTP port.'),
  public: flag('Serve operations on the HTTP port although it does not listen on loopback.'),
});

const postgres = z.strictObject({
  url: optionalText('PostgreSQL to use instead of the embedded one.', 'a postgres:// URL', urlWith('postgres', 'postgresql'), {
    env: 'DATABASE_URL',
    secret: 'url',
  }),
  poolMax: integer('Connections each process holds at most.', 1, 1000),
  connectTimeoutMs: integer('Time to wait for a connection, in milliseconds.', 50, 120_000),
  statementTimeoutMs: integer('Longest life of one statement, in milliseconds.', 50, 3_600_000),
  idleTimeoutMs: integer('Time after which an idle connection is closed, in milliseconds.', 0, 3_600_000),
});

const redis = z.strictObject({
  url: optionalText('Redis to use instead of the embedded one; also redis+sentinel://h1,h2/name.', 'a redis:// URL', isRedisUrl, {
    env: 'REDIS_URL',
    secret: 'url',
  }),
  queueUrl: optionalText('Redis of the job queues; REDIS_URL when unset.', 'a redis:// URL', isRedisUrl, {
    env: 'REDIS_QUEUE_URL',
    secret: 'url',
  }),
  connectTimeoutMs: integer('Time to wait for a connection, in milliseconds.', 50, 120_000),
  commandTimeoutMs: integer('Longest wait for an answer to a command, in milliseconds.', 50, 60_000),
});

const auth = z.strictObject({
  adminApiKey: optionalText('The platform key of /admin; generated on the first start.', 'at least 16 characters', longText(16), {
    env: 'ADMIN_API_KEY',
    secret: true,
  }),
  sealingKey: optionalText(
    'Key that seals readable secrets in PostgreSQL; generated on the first start with the embedded PostgreSQL.',
    '32 bytes as hexadecimal or base64',
    (value) => decodeSealingKey(value) !== undefined,
    { env: 'SEALING_KEY', secret: true },
  ),
  sealingKeyPrevious: texts(
    'Keys that open what they sealed before `SEALING_KEY` was changed; never used to seal.',
    '32 bytes as hexadecimal or base64',
    (value) => decodeSealingKey(value) !== undefined,
    { env: 'SEALING_KEY_PREVIOUS', secret: true },
  ),
  jwtSecret: optionalText('Secret of HS256 session tokens.', 'at least 16 characters', longText(16), { env: 'JWT_SECRET', secret: true }),
  jwksUrl: optionalText('Where the public keys of session tokens are.', 'an http(s) URL', urlWith('http', 'https'), { env: 'JWKS_URL' }),
  jwtIssuer: optionalText('The `iss` that session tokens must carry.', 'text', anyText, { env: 'JWT_ISSUER' }),
  jwtAudience: text('The `aud` that session tokens must carry.', 'text', anyText, { env: 'JWT_AUDIENCE' }),
});

const coolOffOverride = z.strictObject({ type: z.string().optional(), country: z.string().optional(), days: z.number().min(0).max(3650) });

const rules = z.strictObject({
  renewalGraceDays: decimal('Days a monthly fee may stay unpaid before the number is suspended by billing.', 0, 365),
  renewalTryHours: decimal('Hours between two tries to take a monthly fee that could not be paid.', 0.01, 168),
  coolOffDays: decimal('Days a number cools off after its last call; fractions allowed.', 0, 3650, { env: 'COOL_OFF_DAYS' }),
  coolOffOverrides: records(
    'Other cool-off days by number type and country; the most specific wins.',
    coolOffOverride,
    'list of {type?, country?, days}',
  ),
  requirementDeadlineDays: decimal(
    'Days an ordered number waits for the values of its regulatory requirements; fractions allowed.',
    0.001,
    365,
  ),
  requirementGroupDays: decimal('Days the approval of a requirement group lasts; fractions allowed.', 0.001, 36_500),
});

const plane = z.strictObject({
  propagationWaitMs: integer(
    'How long an answer waits for the change to be applied before it says `pending`, in milliseconds.',
    0,
    60_000,
    {
      env: 'PROPAGATION_WAIT_MS',
    },
  ),
  relayPollMs: integer('Longest pause of the outbox relay between two looks, in milliseconds.', 10, 60_000),
  drainPollMs: integer('Longest pause of the call-log drain between two looks, in milliseconds.', 10, 60_000),
  heartbeatMs: integer('Interval of an agent’s sign of life, in milliseconds.', 50, 60_000),
  deadAfterMs: integer('Silence after which an agent counts as dead, in milliseconds.', 100, 600_000),
  leaseReportMs: integer('How often an agent compares its calls with the leases it is listed with, in milliseconds.', 1000, 3_600_000),
  lastCallSettleMs: integer(
    'How long after Redis was emptied no number changes its holder, because last calls may be missing from it, in milliseconds.',
    0,
    86_400_000,
  ),
  journalBytesMax: integer(
    'How much an agent keeps in DATA_DIR/journal for calls whose events are not yet in Postgres, in bytes; beyond it takes no new calls.',
    1024 * 1024,
    1024 ** 4,
  ),
  replicasMin: integer(
    'Replicas of Redis that must have a change before it counts as applied; a failover to one of them then loses none.',
    0,
    16,
  ),
  auditPerSecond: integer('Records the auditor compares with Postgres a second, about; 0 turns it off.', 0, 100_000),
  degradedMaxAgeMs: integer('How long an agent without Redis decides on what it last knew, in milliseconds.', 0, 86_400_000),
});

const calls = z.strictObject({
  retentionDays: decimal('Days call records are kept; whole days (UTC) go at once, so the last one stays up to a day longer.', 1, 3650),
  explainDays: decimal('Days what a call was decided on is kept for explain; 410 `explain_expired` after that.', 0, 3650),
  guardSeconds: integer(
    'How often the calls out of all accounts are compared with what is usual for each, in seconds; 0: never.',
    0,
    86_400,
  ),
  exportSecondsMax: integer('Longest time one export of call records may take, in seconds.', 1, 86_400),
});

const jobs = z.strictObject({
  trunkGroupUnassignDeadlineMs: integer(
    'How long calls of a number that left its trunk group, or was released, may go on before they are ended, in ms of product time.',
    0,
    86_400_000,
  ),
  hangupDeadlineMs: integer('How long an agent may take to carry out an order to end a call, in milliseconds.', 100, 60_000),
  sweepMs: integer('Longest pause between two looks for due jobs, in milliseconds.', 10, 60_000),
  againMs: integer('After this a due job that nobody started is handed to the queue again, in milliseconds.', 50, 3_600_000),
  leaseMs: integer('How long one run of a job may take before its worker counts as gone, in milliseconds.', 1000, 3_600_000),
  keepDays: decimal('Days a job that is done is kept to look at.', 0.001, 3650),
  concurrency: integer('Runs of one queue at a time in each worker.', 1, 1000),
});

/** Every setting there is. Keys are camelCase here and in `Config`, snake_case in files; defaults are in config/default.json. */
export const configSchema = z.strictObject({
  http,
  ops,
  sip,
  engine,
  postgres,
  redis,
  auth,
  rules,
  telnyx,
  vobiz,
  plane,
  calls,
  jobs,
  webhooks,
  outboundHttp,
  process: processes,
});
