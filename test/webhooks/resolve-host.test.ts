import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { readHosts } from '../../src/outbound-http/hosts-file.ts';
import { createResolveHost } from '../../src/outbound-http/resolve-host.ts';
import { type NameServer, openNameServer } from './support/name-server.ts';

let server: NameServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});
const opened = async (silent: boolean): Promise<NameServer> => {
  server = await openNameServer({ silent });
  return server;
};
const never = new AbortController().signal;

it('a name has the addresses that its name server says, IPv4 first', async () => {
  const { address } = await opened(false);
  const resolve = createResolveHost({ servers: [address], hostsFile: '/nowhere' });
  expect(await resolve('hooks.example.com', never)).toEqual([
    { address: '192.0.2.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ]);
});

it('localhost is loopback without asking anybody (RFC 6761 §6.3)', async () => {
  const { address, asked } = await opened(false);
  const resolve = createResolveHost({ servers: [address], hostsFile: '/nowhere' });
  for (const name of ['localhost', 'LOCALHOST.', 'any.localhost']) {
    expect((await resolve(name, never)).map((one) => one.address)).toEqual(['127.0.0.1', '::1']);
  }
  expect(asked()).toBe(0);
});

it('lookups that nobody answers take no thread that files and keys need, and end when they are called off', async () => {
  const { address, asked } = await opened(true);
  const resolve = createResolveHost({ servers: [address], hostsFile: '/nowhere' });
  const deadline = new AbortController();
  let over = 0;
  const lookups = Array.from({ length: 16 }, async (_, index) => {
    const found = await resolve(`slow${index}.example.com`, deadline.signal);
    over += 1;
    return found;
  });
  await expect.poll(asked, { timeout: 4000 }).toBeGreaterThanOrEqual(32);
  await promisify(pbkdf2)('key', 'salt', 1, 32, 'sha256');
  expect(over).toBe(0);
  deadline.abort();
  expect(await Promise.all(lookups)).toEqual(lookups.map(() => []));
  await expect(resolve('late.example.com', deadline.signal)).rejects.toThrow();
});

it('the hosts file is read as hosts(5) says', () => {
  const hosts = readHosts('# 10.0.0.1 not\n127.0.0.1\tlocalhost\n::1 two\n 10.1.2.3   Inner.Example two # three\nno-address name\n\n');
  expect([...hosts]).toEqual([
    ['localhost', [{ address: '127.0.0.1', family: 4 }]],
    [
      'two',
      [
        { address: '10.1.2.3', family: 4 },
        { address: '::1', family: 6 },
      ],
    ],
    ['inner.example', [{ address: '10.1.2.3', family: 4 }]],
  ]);
});
