import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { canConnect } from './can-connect.ts';
import { type Finding, LOOK_MS } from './check.ts';

const SENTINEL = 'redis+sentinel://';

/** Whether Redis answers; without a URL, whether one is on PATH. */
export async function checkRedis(url: string | undefined, path: string): Promise<Finding> {
  if (url === undefined) return embedded(path);
  if (url.startsWith(SENTINEL)) return checkSentinels(url);
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: LOOK_MS, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // Without a listener a lost connection would be a fault of the process.
  let lost = '';
  redis.on('error', (error: Error) => {
    lost = error.message;
  });
  try {
    await redis.connect();
    const info = await redis.info('server');
    return { status: 'ok', detail: /redis_version:(\S+)/.exec(info)?.[1] ?? 'answers' };
  } catch (error) {
    throw lost === '' ? error : new Error(lost);
  } finally {
    redis.disconnect();
  }
}

function embedded(path: string): Finding {
  const names = ['redis-server', 'valkey-server'];
  const found = path.split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const program = found.find(isExecutable);
  if (program !== undefined) return { status: 'ok', detail: `embedded, ${program}` };
  return { status: 'note', detail: 'none on PATH: the first start unpacks the distribution’s package, else asks for REDIS_URL' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function checkSentinels(url: string): Promise<Finding> {
  const rest = url.slice(SENTINEL.length);
  const hosts =
    rest
      .slice(rest.lastIndexOf('@') + 1)
      .split('/')[0]
      ?.split(',') ?? [];
  for (const each of hosts) {
    const { hostname, port } = new URL(`http://${each}`);
    await canConnect(hostname.replace(/^\[|\]$/g, ''), Number(port || 26_379), LOOK_MS);
  }
  return { status: 'ok', detail: `${hosts.length} Sentinels take connections` };
}
