import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { EngineOptions, Protocol } from '../../src/sip-engine/engine.ts';
import { Certificates } from '../../src/sip-engine/transport/certificates.ts';
import { Caller } from './support/caller.ts';
import { type Party, tcpParty, udpParty } from './support/party.ts';
import { certificate, tlsParty, wsParty } from './support/secure-parties.ts';
import { requestText, SDP, type SipText } from './support/sip-text.ts';
import { SECRET, type Srf, type Stage, setStage, unique, until } from './support/stage.ts';

const { cert, key } = certificate('first');
const TLS = { certificateFile: cert, keyFile: key, authoritiesFile: cert };
const LISTEN = ['tcp/127.0.0.1:0', 'udp/127.0.0.1:0', 'udp/[::1]:0', 'tcp/[::1]:0', 'tls/127.0.0.1:0', 'ws/127.0.0.1:0', 'wss/127.0.0.1:0'];

let stage: Stage;
afterEach(() => stage.close());

async function start(options: Partial<EngineOptions> = {}): Promise<Srf> {
  stage = await setStage({ listen: LISTEN, tls: TLS, ...options });
  return stage.app();
}

const portOf = (protocol: Protocol, v6 = false): number => {
  const listener = stage.engine.listeners.find((text) => text.startsWith(`${protocol}/${v6 ? '[' : '1'}`)) ?? '';
  return Number(/:(\d+)$/.exec(listener.split(';')[0] ?? '')?.[1]);
};

type Kind = 'udp6' | 'tcp' | 'tcp6' | 'tls' | 'ws' | 'wss';
const protocolOf = (kind: Kind): Protocol => kind.replace('6', '') as Protocol;

async function partyOf(kind: Kind): Promise<Party> {
  if (kind === 'udp6') return stage.keep(await udpParty('::1'));
  if (kind === 'tcp6') return stage.keep(await tcpParty('::1'));
  if (kind === 'tcp') return stage.keep(await tcpParty());
  if (kind === 'tls') return stage.keep(await tlsParty());
  return stage.keep(await wsParty(portOf(protocolOf(kind)), kind === 'wss'));
}

const enginePort = (kind: Kind): number => portOf(protocolOf(kind), kind.endsWith('6'));

/** Has the engine answer an OPTIONS of the party, so that it knows where the party is. */
async function greet(party: Party, port: number): Promise<SipText> {
  const callId = unique('options-');
  const facts = { method: 'OPTIONS', uri: 'sip:engine.invalid', via: party.via(unique('z9hG4bK')), callId, cseq: 1 };
  party.send(requestText({ ...facts, from: '<sip:party@127.0.0.1>;tag=p', to: '<sip:engine@127.0.0.1>' }), port);
  return party.response(200, 'OPTIONS', callId);
}

describe.each(['udp6', 'tcp', 'tcp6', 'tls', 'ws', 'wss'] as const)('over %s', (kind) => {
  it('a caller reaches an application, whose BYE comes back the same way', async () => {
    const srf = await start();
    const party = await partyOf(kind);
    let dialog: Srf;
    srf.invite(async (req: Srf, res: Srf) => {
      dialog = await srf.createUAS(req, res, { localSdp: SDP });
    });
    await stage.serving(1);
    const call = new Caller(party, enginePort(kind));
    call.invite();
    const answer = await call.answered();
    const local = kind.endsWith('6') ? '[::1]' : '127.0.0.1';
    const transport = { udp: '', tcp: ';transport=tcp', tls: ';transport=tls', ws: ';transport=ws', wss: ';transport=ws' };
    expect(answer.header('contact')).toBe(`<sip:${local}:${enginePort(kind)}${transport[protocolOf(kind) as 'udp']}>`);
    await until(
      () => dialog !== undefined,
      5000,
      () => 'no dialog',
    );
    const ended = dialog.destroy();
    const bye = await party.request('BYE');
    expect(bye.header('via')).toContain(`SIP/2.0/${party.transport} ${local}:${enginePort(kind)};`);
    party.answer(bye, enginePort(kind), 200);
    await ended;
  });

  it('an application reaches a party, which hangs up', async () => {
    const srf = await start();
    const party = await partyOf(kind);
    // Who only connects is called by where it connected from.
    if (kind === 'ws' || kind === 'wss') await greet(party, enginePort(kind));
    const host = kind.endsWith('6') ? '[::1]' : '127.0.0.1';
    const uri = `sip:carol@${host}:${party.port};transport=${kind === 'wss' ? 'ws' : protocolOf(kind)}`;
    const placed = srf.createUAC(uri, { localSdp: SDP, callingNumber: '1555' });
    const invite = await party.request('INVITE');
    expect(invite.header('via')).toContain(`SIP/2.0/${party.transport} ${host}:${enginePort(kind)};rport;`);
    const parameter = kind === 'udp6' ? '' : `;transport=${kind === 'wss' ? 'ws' : protocolOf(kind)}`;
    expect(invite.header('contact')).toBe(`<sip:1555@${host}:${enginePort(kind)}${parameter}>`);
    party.answer(invite, enginePort(kind), 200, { toTag: 'carol', headers: [`Contact: ${party.contact}`], body: SDP });
    const dialog = await placed;
    await party.request('ACK');
    const ended = dialog.destroy();
    party.answer(await party.request('BYE'), enginePort(kind), 200);
    await ended;
  });
});

describe('addresses', () => {
  it('are all told to an application; the external one stands in for the bound one, except to local peers', async () => {
    stage = await setStage({
      listen: ['udp/127.0.0.1:0;external=203.0.113.7:5070', 'tcp/127.0.0.1:0'],
      externalAddress: '203.0.113.9',
      localNetworks: [],
    });
    const srf = await stage.app();
    expect(stage.engine.listeners[0]).toMatch(/^udp\/127\.0\.0\.1:\d+;external=203\.0\.113\.7:5070$/);
    const socket = connectTcp(stage.engine.control.port, '127.0.0.1');
    socket.write(`${`1|authenticate|${SECRET}|`.length}#1|authenticate|${SECRET}|`);
    const [hello] = await once(socket, 'data');
    socket.destroy();
    const [udp, tcp] = [portOf('udp'), portOf('tcp')];
    expect(String(hello)).toContain(
      `OK|udp/203.0.113.7:5070,tcp/203.0.113.9:${tcp}|v0.9.10-embedded|udp/127.0.0.1:${udp},tcp/127.0.0.1:${tcp}`,
    );
    const party = await stage.udp();
    const answer = srf.request(`sip:x@127.0.0.1:${party.port}`, { method: 'OPTIONS', headers: { Contact: 'sip:me@localhost' } });
    const options = await party.request('OPTIONS');
    expect(options.header('via')).toContain('203.0.113.7:5070');
    expect(options.header('contact')).toBe('<sip:me@203.0.113.7:5070>');
    party.answer(options, portOf('udp'), 200);
    await answer;
  });

  it('are bound ones to peers of a local network', async () => {
    stage = await setStage({ externalAddress: '203.0.113.9', localNetworks: ['127.0.0.0/8'] });
    const srf = await stage.app();
    const party = await stage.udp();
    void srf.request(`sip:x@127.0.0.1:${party.port}`, { method: 'OPTIONS' });
    const options = await party.request('OPTIONS');
    expect(options.header('via')).toContain(`127.0.0.1:${stage.engine.sip.port}`);
    party.answer(options, stage.engine.sip.port, 200);
  });
});

// Not `once`, which rejects on an error: a reset is an end too.
const closed = (socket: Socket | TLSSocket): Promise<unknown> =>
  new Promise((done) => {
    socket.on('error', () => {});
    socket.resume();
    if (socket.closed) done(undefined);
    else socket.once('close', done);
  });
const counted = (name: string, least = 1): Promise<void> =>
  until(
    () => count(name) >= least,
    5000,
    () => JSON.stringify([...stage.engine.counters().connectionEvents]),
  );
const count = (name: string): number => stage.engine.counters().connectionEvents.get(name) ?? 0;

describe('TLS', () => {
  const peerName = async (): Promise<{ socket: TLSSocket; name: unknown }> => {
    const socket = connect({ port: portOf('tls'), host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return { socket, name: socket.getPeerCertificate().subject?.CN };
  };

  it('changes its certificate without a restart and without dropping anybody; a broken one changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dialplane-tls-'));
    try {
      const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
      const put = (name: 'first' | 'second'): void => {
        copyFileSync(certificate(name).cert, files.certificateFile);
        copyFileSync(certificate(name).key, files.keyFile);
      };
      put('first');
      await start({ listen: ['tls/127.0.0.1:0'], tls: { ...files, reloadCheckMs: 20 } });
      const before = await peerName();
      expect(before.name).toBe('sip.test');
      writeFileSync(files.certificateFile, 'broken');
      expect(stage.engine.reloadCertificates()).toBe(false);
      const still = await peerName();
      expect(still.name).toBe('sip.test');
      put('second');
      let now: unknown;
      for (const end = performance.now() + 10_000; now !== 'second.test' && performance.now() < end; ) {
        const { socket, name } = await peerName();
        now = name;
        socket.destroy();
      }
      expect(now).toBe('second.test');
      before.socket.write('\r\n\r\n');
      expect(String((await once(before.socket, 'data'))[0])).toBe('\r\n');
      for (const socket of [before.socket, still.socket]) socket.destroy();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('speaks no version below 1.2, and closes who does not complete its handshake', async () => {
    await start({ limits: { tcpConnectMs: 150 } });
    const old = connect({ port: portOf('tls'), host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1', rejectUnauthorized: false });
    old.on('error', () => {});
    await closed(old);
    const silent = connectTcp(portOf('tls'), '127.0.0.1');
    silent.on('error', () => {});
    await closed(silent);
    await counted('tls|refused_handshake', 2);
  });

  it('calls nobody whose certificate is for another name: 503 (RFC 5922 §7)', async () => {
    const srf = await start();
    const stranger = stage.keep(await tlsParty('second'));
    await expect(srf.createUAC(`sip:x@127.0.0.1:${stranger.port};transport=tls`, { localSdp: SDP })).rejects.toMatchObject({ status: 503 });
    await counted('tls|closed_connect_failed');
  });

  it('proves the name an agent has resolved itself, on every stream of the call; the name goes no further', async () => {
    const srf = await start({ tls: { ...TLS, authoritiesFile: certificate('third').cert } });
    const carrier = stage.keep(await tlsParty('third'));
    const call = (name: string): Promise<Srf> =>
      srf.createUAC('sip:x@carrier.test', { localSdp: SDP, proxy: `sip:127.0.0.1:${carrier.port};transport=tls${name}` });
    for (const name of ['', ';tls-name=sip.test']) await expect(call(name)).rejects.toMatchObject({ status: 503 });
    const placed = call(';tls-name=carrier.test');
    const invite = await carrier.request('INVITE');
    expect(invite.text).not.toContain('tls-name');
    carrier.answer(invite, 0, 200, { toTag: 'x', headers: [`Contact: ${carrier.contact}`], body: SDP });
    const dialog = await placed;
    await carrier.request('ACK');
    for (const socket of carrier.sockets) socket.destroy();
    await until(
      () => stage.engine.counters().connections === 0,
      5000,
      () => 'still open',
    );
    const ended = dialog.destroy();
    carrier.answer(await carrier.request('BYE'), 0, 200);
    await ended;
  });

  it('requires client certificates of the authorities in the file alone, not of public ones', async () => {
    const listen = ['tls/127.0.0.1:0'];
    await start({ listen, tls: { ...TLS, clientCertificates: 'require' } });
    const certificates = new Certificates({ ...TLS, clientCertificates: 'require' }, () => {}, expect.unreachable);
    certificates.stop();
    expect(certificates.options.ca).toEqual([readFileSync(cert, 'utf8')]);
    const enters = async (name: 'first' | 'second'): Promise<boolean> => {
      const [own, ownKey] = [readFileSync(certificate(name).cert), readFileSync(certificate(name).key)];
      // With 1.3 a client learns of its refusal only after the handshake.
      const options = { rejectUnauthorized: false, maxVersion: 'TLSv1.2', cert: own, key: ownKey } as const;
      const socket = connect({ port: portOf('tls'), host: '127.0.0.1', ...options });
      const entered = new Promise<boolean>((done) => socket.once('secureConnect', () => done(true)));
      const isIn = await Promise.race([entered, closed(socket).then(() => false)]);
      socket.destroy();
      return isIn;
    };
    expect([await enters('first'), await enters('second')]).toEqual([true, false]);
    const unchecked = { certificateFile: cert, keyFile: key, clientCertificates: 'require' } as const;
    await expect(setStage({ listen, tls: unchecked })).rejects.toThrow(/file of their authorities/);
  });

  it('is what sips means: a sips Contact and nothing over TCP', async () => {
    const srf = await start();
    const party = stage.keep(await tlsParty());
    const placed = srf.request(`sips:x@127.0.0.1:${party.port}`, { method: 'OPTIONS', headers: { Contact: 'sips:me@localhost' } });
    const options = await party.request('OPTIONS');
    expect(options.header('via')).toContain('SIP/2.0/TLS');
    expect(options.header('contact')).toBe(`<sips:me@127.0.0.1:${portOf('tls')}>`);
    party.answer(options, 0, 200);
    await placed;
  });
});

describe('WebSocket', () => {
  it('is for the subprotocol sip alone: 400 without it, 426 to plain HTTP, 403 to other origins', async () => {
    await start({ wsOrigins: ['https://phone.example.com'] });
    const url = `ws://127.0.0.1:${portOf('ws')}`;
    const refused = async (socket: WebSocket): Promise<string> => String((await once(socket, 'error'))[0]);
    expect(await refused(new WebSocket(url, ['chat']))).toContain('400');
    expect(await refused(new WebSocket(url, ['sip'], { origin: 'https://evil.example.com' }))).toContain('403');
    const [response] = await once(get(`http://127.0.0.1:${portOf('ws')}/`, { agent: false }), 'response');
    response.resume();
    expect(response.statusCode).toBe(426);
    await counted('ws|refused_not_sip', 3);
  });

  it('answers keep-alives, closes on a message beyond the limit, and notices a peer that answers no ping', async () => {
    await start({ limits: { messageBytesMax: 2000, keepAliveMs: 60, pongMs: 40 } });
    const party = stage.keep(await wsParty(portOf('ws')));
    party.socket.send('\r\n\r\n');
    await until(
      () => party.pongs === 1,
      5000,
      () => 'no pong',
    );
    const shut = once(party.socket, 'close');
    party.socket.send('x'.repeat(3000));
    expect((await shut)[0]).toBe(1009);
    const dead = stage.keep(await wsParty(portOf('ws'), false, { autoPong: false }));
    await once(dead.socket, 'close');
    await counted('ws|closed_silent');
  });
});

describe('connections', () => {
  it('are limited for each source, and free again', async () => {
    await start({ limits: { connectionsPerSourceMax: 2 } });
    const open = async (): Promise<Socket> => {
      const socket = connectTcp(portOf('tcp'), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    };
    const first = await open();
    const second = await open();
    await until(
      () => count('tcp|accepted') === 2,
      5000,
      () => 'not accepted',
    );
    await closed(await open());
    await counted('tcp|refused_source_limit');
    first.destroy();
    await until(
      () => stage.engine.counters().connections === 1,
      5000,
      () => 'still open',
    );
    const third = await open();
    await until(
      () => count('tcp|accepted') === 3,
      5000,
      () => 'not accepted again',
    );
    for (const socket of [second, third]) socket.destroy();
  });

  it('frees the place of a TLS or WebSocket peer too', async () => {
    await start({ limits: { connectionsPerSourceMax: 1 } });
    for (const protocol of ['tls', 'wss', 'tls'] as const) {
      // The engine sees the end of the one before a moment later: until then there is no room.
      for (const end = performance.now() + 5000; ; ) {
        const socket = connect({ port: portOf(protocol), host: '127.0.0.1', rejectUnauthorized: false });
        const secured = await Promise.race([once(socket, 'secureConnect').then(() => true), closed(socket).then(() => false)]).catch(
          () => false,
        );
        socket.destroy();
        if (secured) break;
        expect(performance.now()).toBeLessThan(end);
      }
    }
  });

  it('are closed when a message is begun and never completed', async () => {
    await start({ limits: { tcpMessageMs: 60 } });
    const socket = connectTcp(portOf('tcp'), '127.0.0.1');
    socket.write('OPTIONS sip:x SIP/2.0\r\nVia: ');
    await closed(socket);
    await counted('tcp|closed_stalled');
  });

  it('that we opened are pinged; a peer that has answered once and then does not is dead (RFC 5626 §4.4.1)', async () => {
    const srf = await start({ limits: { keepAliveMs: 40, pongMs: 40 } });
    const party = stage.keep(await tcpParty());
    const asked = srf.request(`sip:x@127.0.0.1:${party.port};transport=tcp`, { method: 'OPTIONS' });
    party.answer(await party.request('OPTIONS'), 0, 200);
    await asked;
    const [socket] = party.sockets;
    await until(
      () => party.pongs >= 2,
      5000,
      () => 'no ping',
    );
    socket?.write('\r\n');
    await until(
      () => count('tcp|closed_silent') === 1,
      5000,
      () => 'still open',
    );
  });

  it('over which requests stay without an answer are taken for dead, and a broken one costs no request', async () => {
    const srf = await start({ limits: { silentRequestsMax: 1, keepAliveMs: 0 } });
    const party = stage.keep(await tcpParty());
    const uri = `sip:x@127.0.0.1:${party.port};transport=tcp`;
    const ask = async (): Promise<number> =>
      (await new Promise<Srf>((done) => srf.request(uri, { method: 'OPTIONS' }, (_e: unknown, req: Srf) => req.on('response', done))))
        .status;
    const lost = ask();
    await party.request('OPTIONS');
    expect(await lost).toBe(408);
    expect(count('tcp|closed_silent')).toBe(1);
    const first = ask();
    party.answer(await party.request('OPTIONS'), 0, 200);
    expect(await first).toBe(200);
    // The peer breaks the stream under the next request: it comes again on a new one.
    for (const socket of party.sockets) socket.once('data', () => socket.resetAndDestroy());
    const second = ask();
    await party.request('OPTIONS');
    const again = await party.request('OPTIONS');
    party.answer(again, 0, 200);
    expect(await second).toBe(200);
    expect(count('tcp|reused_lost')).toBe(1);
  });
});

describe('a request too large for UDP (RFC 3261 §18.1.1)', () => {
  const body = `${SDP}${'a=x\r\n'.repeat(400)}`;

  it('goes over TCP where that is allowed and answered, else over UDP', async () => {
    const srf = await start({ limits: { udpRequestBytesMax: 1300 } });
    const tcp = stage.keep(await tcpParty());
    const asked = srf.request(`sip:x@127.0.0.1:${tcp.port}`, { method: 'MESSAGE', body });
    const message = await tcp.request('MESSAGE');
    expect(message.header('via')).toContain('SIP/2.0/TCP');
    tcp.answer(message, 0, 200);
    await asked;
    const udp = await stage.udp();
    for (const parameter of ['', ';transport=udp']) {
      const sent = srf.request(`sip:x@127.0.0.1:${udp.port}${parameter}`, { method: 'MESSAGE', body });
      const datagram = await udp.request('MESSAGE');
      expect(datagram.header('via')).toContain('SIP/2.0/UDP');
      udp.answer(datagram, portOf('udp'), 200);
      await sent;
    }
    expect(stage.engine.counters().failovers).toBe(1);
  });

  it('goes over UDP as it is unless a limit is set', async () => {
    const srf = await start();
    const udp = await stage.udp();
    void srf.request(`sip:x@127.0.0.1:${udp.port}`, { method: 'MESSAGE', body });
    udp.answer(await udp.request('MESSAGE'), portOf('udp'), 200);
  });
});
