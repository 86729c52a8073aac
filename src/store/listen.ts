import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Part } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';

export interface ListenOptions {
  readonly databaseUrl: string;
  readonly channels: readonly string[];
  /** Called for each notification, and for every channel after a (re)connect: something may have been missed. */
  onNotify(channel: string): void;
  readonly log: Logger;
  /** How often the connection is tried for life. Default 15000. */
  readonly probeIntervalMs?: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const BACK_OFF_MS_MAX = 2000;
const CHANNEL = /^[a-z_]{1,40}$/;

/** Listens on a connection of its own, behind no pooler, and comes back by itself when it breaks. Never the only way to be woken. */
export function listen(options: ListenOptions): Part {
  const wrong = options.channels.find((channel) => !CHANNEL.test(channel));
  if (wrong !== undefined) throw new Error(`no such channel name: ${wrong}`);
  const stopping = new AbortController();
  const running = keepListening(options, stopping.signal);
  return {
    name: 'listen',
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function keepListening(options: ListenOptions, stop: AbortSignal): Promise<void> {
  let faults = 0;
  while (!stop.aborted) {
    try {
      await listenOnce(options, stop, () => {
        faults = 0;
      });
    } catch (error) {
      faults += 1;
      options.log.warn('listening connection lost', { faults, error: String(error) });
      await delay(Math.min(BACK_OFF_MS_MAX, 50 * 2 ** Math.min(faults, 8)), undefined, { signal: stop }).catch(() => {});
    }
  }
}

/** Resolves when stopped, rejects when the connection breaks. */
async function listenOnce(options: ListenOptions, stop: AbortSignal, onReady: () => void): Promise<void> {
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    application_name: 'dialplane-listen',
    keepAlive: true,
  });
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('connection ended')));
  });
  broken.catch(() => {});
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  client.on('notification', ({ channel }) => options.onNotify(channel));
  let probe: NodeJS.Timeout | undefined;
  try {
    await client.connect();
    for (const channel of options.channels) await client.query(`listen ${channel}`);
    onReady();
    for (const channel of options.channels) options.onNotify(channel);
    const silent = new Promise<never>((_, reject) => {
      // A half-open connection tells nothing by itself.
      probe = setInterval(() => client.query('select 1').catch(reject), options.probeIntervalMs ?? 15_000);
      probe.unref();
    });
    await Promise.race([stopped, broken, silent]);
  } finally {
    clearInterval(probe);
    await client.end().catch(() => {});
  }
}
