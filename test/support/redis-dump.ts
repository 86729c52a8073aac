import type { Redis } from 'ioredis';

/** Everything a Redis holds, byte by byte, with when each key expires. */
export async function redisDump(redis: Redis): Promise<readonly (readonly string[])[]> {
  const names = (await redis.keysBuffer('*')).sort(Buffer.compare);
  const held: (readonly string[])[] = [];
  for (const name of names) {
    const [value, expires] = [await redis.dumpBuffer(name), await redis.call('PEXPIRETIME', name)];
    held.push([name.toString('hex'), value?.toString('hex') ?? 'gone', String(expires)]);
  }
  return held;
}
