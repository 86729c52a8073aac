import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundAnswer } from '../../src/app/ports/outbound-http.ts';
import { parsePrefix } from '../../src/domain/ip-address.ts';
import { type OutboundRules, readOutboundUrl } from '../../src/domain/outbound-url.ts';
import { createOutboundHttp } from '../../src/outbound-http/outbound-http.ts';
import type { HostAddress } from '../../src/outbound-http/resolve-host.ts';
import { openRawServer } from './support/raw-server.ts';
import { openReceiver, type Receiver } from './support/receiver.ts';

const PORTS = [{ from: 1, to: 65_535 }];
const CLOSED: OutboundRules = { ownAddresses: [], allowedNetworks: [], ports: PORTS };
const OPEN: OutboundRules = { ownAddresses: [], allowedNetworks: [parsePrefix('127.0.0.0/8')!], ports: PORTS };

let receiver: Receiver;
beforeAll(async () => {
  receiver = await openReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.received.length = 0;
  receiver.reply = () => ({ status: 204 });
});

const resolving =
  (...addresses: string[]) =>
  async (): Promise<readonly HostAddress[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

interface Asked {
  readonly rules?: OutboundRules;
  readonly resolve?: () => Promise<readonly HostAddress[]>;
  readonly deadlineMs?: number;
  readonly bytesMax?: number;
}
const send = (url: string, { rules = CLOSED, resolve, deadlineMs = 2000, bytesMax = 1000 }: Asked = {}): Promise<OutboundAnswer> =>
  createOutboundHttp({ rules, ...(resolve === undefined ? {} : { resolve }) }).send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    deadlineMs,
    bytesMax,
  });

describe('addresses nobody may send us to (decision C6)', () => {
  const at = (host: string) => `http://${host}:${receiver.port}/x`;

  it.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.8.9.10'],
    ['a decimal address', '2130706433'],
    ['a hexadecimal address', '0x7f000001'],
    ['an octal address', '0177.0.0.1'],
    ['a short address', '127.1'],
    ['IPv6 loopback', '[::1]'],
    ['an IPv4-mapped address', '[::ffff:127.0.0.1]'],
    ['a mapped private address', '[::ffff:10.0.0.1]'],
    ['a translated private address', '[64:ff9b::10.0.0.1]'],
    ['a 6to4 private address', '[2002:a00:1::]'],
    ['a locally translated address', '[64:ff9b:1::a00:1]'],
    ['unique local IPv6', '[fd00::1]'],
    ['link-local IPv6', '[fe80::1]'],
    ['cloud metadata', '169.254.169.254'],
    ['private 10', '10.0.0.1'],
    ['private 172', '172.16.0.1'],
    ['private 192', '192.168.1.1'],
    ['shared space', '100.64.0.1'],
    ['this network', '0.0.0.0'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
  ])('%s is refused where it is written and where it is sent to', async (_, host) => {
    expect(readOutboundUrl(at(host), CLOSED).ok).toBe(false);
    expect(await send(at(host))).toEqual({ kind: 'failed', code: 'url_forbidden' });
    expect(receiver.received).toEqual([]);
  });

  it.each([
    ['a name of loopback', ['127.0.0.1']],
    ['a name of a private address', ['10.1.2.3']],
    ['a name of cloud metadata', ['169.254.169.254']],
    ['a name with one address that is not public', ['93.184.216.34', '127.0.0.1']],
    ['a name of mapped loopback', ['::ffff:127.0.0.1']],
    ['a name of unique local IPv6', ['fd12::1']],
  ])('%s is refused when it is sent to', async (_, addresses) => {
    expect(await send(at('hooks.example.com'), { resolve: resolving(...addresses) })).toEqual({ kind: 'failed', code: 'target_forbidden' });
    expect(receiver.received).toEqual([]);
  });

  it.each([
    ['as it is', '127.0.0.1'],
    ['mapped', '[::ffff:127.0.0.1]'],
    ['translated', '[64:ff9b::127.0.0.1]'],
  ])('an address of our own is refused on every port, in a network that is allowed too: %s', async (_, host) => {
    const rules: OutboundRules = { ...OPEN, ownAddresses: [{ ip: '127.0.0.1', port: null }] };
    expect(await send(at(host), { rules })).toEqual({ kind: 'failed', code: 'url_forbidden' });
    const resolve = resolving(host.replace(/[[\]]/g, ''));
    expect(await send(at('us.example.com'), { rules, resolve })).toEqual({ kind: 'failed', code: 'target_forbidden' });
    expect(receiver.received).toEqual([]);
  });

  it('localhost is refused as this machine resolves it', async () => {
    expect(await send(at('localhost'))).toEqual({ kind: 'failed', code: 'target_forbidden' });
  });

  it('follows no redirect, least of all to such an address', async () => {
    receiver.reply = ({ path }) => (path === '/x' ? { status: 307, headers: { location: `${receiver.url}/inner` } } : { status: 200 });
    expect(await send(at('127.0.0.1'), { rules: OPEN })).toMatchObject({ kind: 'answered', status: 307 });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/x']);
  });

  it.each([
    ['another scheme', 'ftp://example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['credentials', 'https://user:secret@example.com/'],
    ['no URL', 'example.com'],
    ['a URL without end', `https://example.com/${'a'.repeat(3000)}`],
  ])('%s is no URL of ours', async (_, url) => {
    expect(readOutboundUrl(url, OPEN).ok).toBe(false);
    expect(await send(url, { rules: OPEN })).toEqual({ kind: 'failed', code: 'url_forbidden' });
  });

  it('only ports that are open', () => {
    const rules: OutboundRules = {
      ownAddresses: [],
      allowedNetworks: [],
      ports: [
        { from: 443, to: 443 },
        { from: 8000, to: 8999 },
      ],
    };
    const ok = (url: string) => readOutboundUrl(url, rules).ok;
    expect([ok('https://example.com/'), ok('http://example.com:8443/'), ok('https://example.com:443/')]).toEqual([true, true, true]);
    expect([ok('http://example.com/'), ok('http://example.com:22/'), ok('https://example.com:9000/')]).toEqual([false, false, false]);
  });
});

describe('sending', () => {
  it('connects to the address that was judged, with one lookup, and names the host it was given', async () => {
    let lookups = 0;
    const resolve = async () => {
      lookups += 1;
      return lookups === 1 ? ([{ address: '127.0.0.1', family: 4 }] as const) : ([{ address: '10.0.0.1', family: 4 }] as const);
    };
    const answer = await send(`http://hooks.example.com:${receiver.port}/x?y=1`, { rules: OPEN, resolve });
    expect(answer).toMatchObject({ kind: 'answered', status: 204 });
    expect(lookups).toBe(1);
    expect(receiver.received).toMatchObject([{ path: '/x?y=1', body: '{"a":1}', headers: { host: `hooks.example.com:${receiver.port}` } }]);
  });

  it('tries the next address of a name where nobody listens', async () => {
    const answer = await send(`http://hooks.example.com:${receiver.port}/`, { rules: OPEN, resolve: resolving('127.0.0.2', '127.0.0.1') });
    expect(answer).toMatchObject({ kind: 'answered', status: 204 });
  });

  it('keeps the beginning of a long answer and says so', async () => {
    receiver.reply = () => ({ status: 200, body: 'x'.repeat(50_000) });
    const answer = await send(receiver.url, { rules: OPEN });
    expect(answer).toMatchObject({ kind: 'answered', status: 200, isWhole: false });
    expect(answer.kind === 'answered' && answer.body.length).toBe(1000);
    receiver.reply = () => ({ status: 200, body: 'x'.repeat(1000) });
    expect(await send(receiver.url, { rules: OPEN })).toMatchObject({ isWhole: true });
  });

  it('ends at its deadline, whatever takes so long', async () => {
    receiver.reply = () => 'hang';
    expect(await send(receiver.url, { rules: OPEN, deadlineMs: 150 })).toEqual({ kind: 'failed', code: 'timeout' });
    const resolve = () => new Promise<never>(() => {});
    expect(await send('http://slow.example.com/', { rules: OPEN, resolve, deadlineMs: 50 })).toEqual({ kind: 'failed', code: 'timeout' });
  });

  it('ends a try whose receiver goes over to another protocol, and lets go of the connection', async () => {
    const server = await openRawServer('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    try {
      expect(await send(server.url, { rules: OPEN })).toEqual({ kind: 'failed', code: 'answer_unreadable' });
      await expect.poll(server.connections).toBe(0);
    } finally {
      await server.close();
    }
  });

  it('tells why there was no answer', async () => {
    receiver.reply = () => 'reset';
    expect(await send(receiver.url, { rules: OPEN })).toEqual({ kind: 'failed', code: 'connection_failed' });
    expect(await send('http://nobody.example.com/', { resolve: resolving() })).toEqual({ kind: 'failed', code: 'name_unknown' });
    // A plain server where TLS is expected.
    expect(await send(`https://127.0.0.1:${receiver.port}/`, { rules: OPEN })).toMatchObject({ kind: 'failed', code: 'tls_failed' });
  });
});
