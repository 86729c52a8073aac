import { Redis } from 'ioredis';
import { bounded } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { limitAnswers } from './answer-limit.ts';
import { PrimaryFinder } from './primary-finder.ts';

/** How to reach Redis. */
export interface RedisConnectionOptions {
  /** `redis://`, `rediss://` or `redis+sentinel://[user:password@]host[:port][,host…]/name[/db]` (decision C18). */
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly log: Logger;
  /** After this a command fails; 1000 when absent. A connection for blocking reads has none and bounds each read itself. */
  readonly commandTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** For reads that block, `BLOCK_MS_MAX` at most. */
  readonly blocking?: boolean;
  /** For workers of BullMQ: commands wait for Redis to come back, however long that takes. */
  readonly patient?: boolean;
}

const COMMAND_MS = 1000;
const RECONNECT_MS_MAX = 1000;
/** As many command timeouts without a word, and the connection is given up: a network that forgot it never says so. */
const SILENT_TIMEOUTS = 5;

/** Longest block of one read, in ms: a connection that is silent for longer than that and its patience is given up. */
export const BLOCK_MS_MAX = 5000;

/** Connects and waits until commands are accepted; throws when that takes longer than `connectTimeoutMs` (5000). */
export async function connectRedis(options: RedisConnectionOptions): Promise<Redis> {
  const connectTimeoutMs = options.connectTimeoutMs ?? 5000;
  const redis = openRedis(options, connectTimeoutMs);
  let last: Error | undefined;
  const remember = (error: Error) => {
    last = error;
  };
  redis.on('error', remember);
  try {
    await bounded(waitUntilReady(redis), connectTimeoutMs, 'connecting to Redis');
  } catch (cause) {
    redis.disconnect();
    throw new Error(`Redis cannot be reached${last === undefined ? '' : `: ${last.message}`}`, { cause });
  } finally {
    redis.off('error', remember);
  }
  return redis;
}

/** Ends a connection: what was sent is answered first, for at most a second. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await bounded(redis.quit(), 1000, 'QUIT').catch(() => undefined);
  redis.disconnect();
}

function openRedis(options: RedisConnectionOptions, connectTimeoutMs: number): Redis {
  const common = {
    connectionName: options.name,
    connectTimeout: connectTimeoutMs,
    // Nothing waits in line for a Redis that is away: the caller decides what to do without it (decision C10), and no
    // admission is carried out seconds after its caller has given up, or twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Whoever subscribes must know when a gap was, so it does it again itself.
    autoResubscribe: false,
    // A primary that was made a replica refuses writes until Sentinel closes its connections: the new one is asked for at once.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    retryStrategy: (attempt: number) => Math.min(20 * 2 ** Math.min(attempt, 6), RECONNECT_MS_MAX),
    ...manners(options),
  };
  const sentinel = parseSentinelUrl(options.url);
  const redis =
    sentinel === undefined
      ? new Redis(options.url, common)
      : new Redis({ ...sentinel, ...common, ...sentinelManners(common.retryStrategy) });
  // Without a listener a lost connection would end the process.
  redis.on('error', (error: Error) => options.log.warn('redis connection', { connection: options.name, error: error.message }));
  if (options.blocking !== true && options.patient !== true) {
    const commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_MS;
    limitAnswers(redis, commandTimeoutMs);
    askNowAndThen(redis, commandTimeoutMs);
  }
  return redis;
}

function manners({ blocking, patient, commandTimeoutMs = COMMAND_MS }: RedisConnectionOptions) {
  const socketTimeout = SILENT_TIMEOUTS * commandTimeoutMs;
  // What was under way when the connection broke is sent again: with neither a timeout nor a limit of retries it would never settle.
  if (patient === true)
    return {
      socketTimeout: BLOCK_MS_MAX + socketTimeout,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: true,
    };
  return blocking === true ? { socketTimeout: BLOCK_MS_MAX + socketTimeout } : { socketTimeout };
}

/** Silence is judged from a command on: whoever only listens must ask now and then. Ends with the connection. */
function askNowAndThen(redis: Redis, everyMs: number): void {
  const timer = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => {});
  }, everyMs);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}

/** A primary that hangs breaks no connection; Sentinel's word that there is another one does (`failoverDetector`). */
const sentinelManners = (sentinelRetryStrategy: (attempt: number) => number) => ({
  Connector: PrimaryFinder,
  failoverDetector: true,
  sentinelRetryStrategy,
  sentinelCommandTimeout: 1000,
});

function waitUntilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    redis.once('ready', () => resolve());
    redis.once('end', () => reject(new Error('the connection ended')));
  });
}

/** Where Sentinels are and what they watch. */
export interface SentinelAddress {
  readonly sentinels: { host: string; port: number }[];
  readonly name: string;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
}

const SENTINEL_SCHEME = 'redis+sentinel://';

/** Takes a Sentinel URL apart; undefined when it is none; throws on a malformed one. A comma makes it no URL for `new URL`. */
export function parseSentinelUrl(url: string): SentinelAddress | undefined {
  if (!url.startsWith(SENTINEL_SCHEME)) return undefined;
  const rest = url.slice(SENTINEL_SCHEME.length);
  const at = rest.lastIndexOf('@');
  const [hosts = '', name = '', db = '0', ...more] = rest.slice(at + 1).split('/');
  const sentinels = hosts.split(',').map(parseHost);
  if (name === '' || more.length > 0 || !/^[0-9]{1,4}$/.test(db))
    throw new RangeError('expected redis+sentinel://host[:port][,host]/name[/db]');
  return { sentinels, name, db: Number(db), ...(at < 0 ? {} : parseLogin(rest.slice(0, at))) };
}

function parseHost(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const withPort = colon > 0 && !text.endsWith(']');
  const host = (withPort ? text.slice(0, colon) : text).replace('[', '').replace(']', '');
  const port = withPort ? Number(text.slice(colon + 1)) : 26379;
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError('a Sentinel host is malformed');
  return { host, port };
}

function parseLogin(text: string): { username?: string; password?: string } {
  const colon = text.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? '' : decodeURIComponent(text.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}
