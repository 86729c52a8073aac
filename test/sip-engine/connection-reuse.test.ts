import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../src/sip-engine/engine.ts';
import { Caller } from './support/caller.ts';
import { type DnsServer, dnsServer, type Zone } from './support/dns-server.ts';
import { type TcpParty, tcpParty } from './support/party.ts';
import { certificate, tlsParty } from './support/secure-parties.ts';
import { SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

const { cert, key } = certificate('first');
const TLS = { certificateFile: cert, keyFile: key };

let stage: Stage;
let srf: Srf;
let zone: Zone;
let dns: DnsServer;
beforeEach(async () => {
  zone = {};
  dns = await dnsServer(zone);
});
afterEach(async () => {
  await stage.close();
  await dns.close();
});

async function start(tls: EngineOptions['tls'] = TLS): Promise<void> {
  stage = await setStage({ listen: ['tls/127.0.0.1:0', 'tcp/127.0.0.1:0'], tls, dnsServers: [dns.address] });
  srf = await stage.app();
}

const portOf = (protocol: 'tls' | 'tcp'): number =>
  Number(/:(\d+)$/.exec(stage.engine.listeners.find((text) => text.startsWith(protocol)) ?? '')?.[1]);
const counted = (name: string): number => stage.engine.counters().connectionEvents.get(name) ?? 0;

/** A call through a proxy that the application has answered. */
async function answered(proxy: TcpParty, recordRoute: string, via?: string): Promise<Srf> {
  const made = new Promise<Srf>((resolve) => {
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve));
  });
  await stage.serving(1);
  if (via !== undefined) proxy.via = (branch) => `${via};branch=${branch}`;
  const call = new Caller(proxy, portOf(proxy.transport === 'TLS' ? 'tls' : 'tcp'));
  call.invite({ headers: [`Record-Route: ${recordRoute}`] });
  await call.answered();
  return made;
}

/** The application hangs up; the BYE has come to this party. */
async function hungUp(dialog: Srf, at: TcpParty, port = portOf(at.transport === 'TLS' ? 'tls' : 'tcp')): Promise<SipText> {
  const gone = dialog.destroy();
  const bye = await at.request('BYE');
  at.answer(bye, port, 200);
  await gone;
  return bye;
}

describe('a call of a proxy whose certificate is not for the host of its Record-Route', () => {
  it('is ended by the stream it came by, which is what that proxy calls itself (RFC 5923 §5)', async () => {
    await start();
    const proxy = stage.keep(await tlsParty('third'));
    const dialog = await answered(proxy, `<sip:127.0.0.1:${proxy.port};transport=tls;lr>`);
    const changed = dialog.request({ method: 'INFO' });
    proxy.answer(await proxy.request('INFO'), portOf('tls'), 200);
    expect((await changed).status).toBe(200);
    const bye = await hungUp(dialog, proxy);
    expect(bye.header('route')).toBe(`<sip:127.0.0.1:${proxy.port};transport=tls;lr>`);
    expect([counted('tls|opened'), proxy.sockets.size]).toEqual([0, 1]);
  });

  it.each([
    ['first', 200],
    ['third', 503],
  ] as const)('is ended by a new stream when its own is gone, and by none to who cannot prove itself: %s → %i', async (name, status) => {
    await start({ ...TLS, authoritiesFile: cert });
    const proxy = stage.keep(await tlsParty(name));
    const dialog = await answered(proxy, `<sip:127.0.0.1:${proxy.port};transport=tls;lr>`);
    for (const socket of proxy.sockets) socket.destroy();
    await until(
      () => stage.engine.counters().connections === 0,
      5000,
      () => 'still open',
    );
    if (status === 200) await hungUp(dialog, proxy, 0);
    else expect((await dialog.request({ method: 'BYE' })).status).toBe(status);
  });

  it.each(['another port', 'another host', 'another transport'])('is not ended by the stream of a neighbour for %s', async (which) => {
    await start({ ...TLS, authoritiesFile: cert });
    const [neighbour, other] = [stage.keep(await tlsParty('third')), stage.keep(await tlsParty('first'))];
    zone['proxy.test'] = { a: ['127.0.0.1'] };
    const route = {
      'another port': `<sip:127.0.0.1:${other.port};transport=tls;lr>`,
      'another host': `<sip:proxy.test:${neighbour.port};transport=tls;lr>`,
      'another transport': `<sip:127.0.0.1:${neighbour.port};transport=tcp;lr>`,
    }[which] as string;
    const dialog = await answered(neighbour, route);
    if (which === 'another port') await hungUp(dialog, other);
    else expect((await dialog.request({ method: 'BYE' })).status).toBe(which === 'another host' ? 503 : 408);
    expect(neighbour.count(({ method }) => method === 'BYE')).toBe(0);
  });

  it.each([
    ['sip.test', ';alias', 200],
    ['sip.test', '', 503],
    ['proxy.test', ';alias', 503],
  ] as const)(
    'is ended by a stream whose client certificate is for that host, if it asks for that: %s%s → %i',
    async (host, alias, status) => {
      await start({ ...TLS, authoritiesFile: cert, clientCertificates: 'request' });
      zone['sip.test'] = zone['proxy.test'] = { a: ['127.0.0.1'] };
      const shown = { cert: readFileSync(cert), key: readFileSync(key) };
      const dial = (port: number) => connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...shown });
      const proxy = stage.keep(await tlsParty('third', dial));
      const dialog = await answered(proxy, `<sip:${host}:${proxy.port};transport=tls;lr>`, `SIP/2.0/TLS 192.0.2.7:5061${alias}`);
      if (status === 200) await hungUp(dialog, proxy);
      else expect((await dialog.request({ method: 'BYE' })).status).toBe(status);
      expect(counted('tls|closed_connect_failed')).toBe(status === 200 ? 0 : 1);
    },
  );
});

it.each([true, false])('over TCP the stream of a proxy is used where it asks for that by `alias`: %s (RFC 5923 §5)', async (isAliased) => {
  await start();
  const proxy = stage.keep(await tcpParty());
  const via = `SIP/2.0/TCP 127.0.0.1:${proxy.port}${isAliased ? ';alias' : ''}`;
  const dialog = await answered(proxy, `<sip:127.0.0.1:${proxy.port};transport=tcp;lr>`, via);
  const gone = dialog.request({ method: 'BYE' });
  proxy.answer(await proxy.request('BYE'), isAliased ? portOf('tcp') : 0, 200);
  expect((await gone).status).toBe(200);
  expect(counted('tcp|opened')).toBe(isAliased ? 0 : 1);
});

describe('a call to a proxy over TLS', () => {
  it.each(['127.0.0.1', 'inner.test'])(
    'whose Record-Route says %s, where it was reached, is ended by the stream that was opened',
    async (host) => {
      await start({ ...TLS, authoritiesFile: certificate('third').cert });
      zone['carrier.test'] = zone['inner.test'] = { a: ['127.0.0.1'] };
      const proxy = stage.keep(await tlsParty('third'));
      const placed = srf.createUAC(`sip:x@carrier.test:${proxy.port};transport=tls`, { localSdp: SDP });
      const headers = [`Contact: <sip:far@192.0.2.1>`, `Record-Route: <sip:${host}:${proxy.port};transport=tls;lr>`];
      proxy.answer(await proxy.request('INVITE'), 0, 200, { toTag: 'x', headers, body: SDP });
      const dialog = await placed;
      await proxy.request('ACK');
      await hungUp(dialog, proxy);
      expect(counted('tls|opened')).toBe(1);
    },
  );
});
