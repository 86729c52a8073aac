import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailedTargets } from '../../src/kit/sip-names/failed-targets.ts';
import type { Hop } from '../../src/kit/sip-names/locate.ts';
import { orderHops } from '../../src/kit/sip-names/order-hops.ts';
import type { EngineOptions } from '../../src/sip-engine/engine.ts';
import { Caller } from './support/caller.ts';
import { type DnsServer, dnsServer, type Zone } from './support/dns-server.ts';
import { type Party, tcpParty } from './support/party.ts';
import { SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let zone: Zone;
let dns: DnsServer;
beforeEach(async () => {
  zone = { 'gw.test': { a: ['127.0.0.1'] } };
  dns = await dnsServer(zone);
});
afterEach(async () => {
  await stage.close();
  await dns.close();
});

async function start(options: Partial<EngineOptions> = {}): Promise<void> {
  stage = await setStage({ dnsServers: [dns.address], ...options });
  srf = await stage.app();
}

/** Points `_sip._udp` or `_sip._tcp` of a domain at parties, the first with priority 1, and so on. */
function serve(domain: string, parties: readonly { readonly port: number }[], transport = 'udp'): void {
  zone[domain] ??= {};
  zone[`_sip._${transport}.${domain}`] = { srv: parties.map(({ port }, index) => [index + 1, 0, port, 'gw.test'] as const) };
}

interface Outcome {
  readonly status: number;
  readonly responses: number;
}

/** Sends a request of the application; every final answer it sees is counted. */
function ask(uri: string, method = 'OPTIONS', body?: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let responses = 0;
    srf.request(uri, { method, ...(body === undefined ? {} : { body }) }, (error: unknown, req: Srf) => {
      if (error) return reject(error);
      req.on('response', (res: Srf) => {
        responses += 1;
        resolve({
          status: res.status,
          get responses() {
            return responses;
          },
        });
      });
    });
  });
}

const port = (): number => stage.engine.sip.port;
const accept = (party: Party, invite: SipText, toTag: string): void =>
  party.answer(invite, port(), 200, { toTag, headers: [`Contact: ${party.contact}`], body: SDP });

describe('a request to a name (RFC 3263)', () => {
  it('goes by NAPTR to the transport its owner prefers, by SRV to host and port', async () => {
    await start();
    const tcp = stage.keep(await tcpParty());
    const udp = await stage.udp();
    serve('example.test', [udp]);
    serve('example.test', [tcp], 'tcp');
    zone['example.test'] = {
      naptr: [
        [20, 1, 'SIP+D2U', '_sip._udp.example.test'],
        [10, 1, 'SIP+D2T', '_sip._tcp.example.test'],
      ],
    };
    const asked = ask('sip:x@example.test');
    const options = await tcp.request('OPTIONS');
    expect(options.header('via')).toContain('SIP/2.0/TCP');
    tcp.answer(options, 0, 200);
    expect((await asked).status).toBe(200);
    expect(dns.questions).not.toContain('SRV _sips._tcp.example.test');
  });

  it('asks for SRV without NAPTR, and for neither when the port is given; shared questions are asked once, answers kept', async () => {
    await start();
    const udp = await stage.udp();
    serve('example.test', [udp]);
    const asked = Promise.all([ask('sip:x@example.test'), ask('sip:y@example.test'), ask(`sip:z@gw.test:${udp.port}`)]);
    for (let i = 0; i < 3; i += 1) udp.answer(await udp.request('OPTIONS'), port(), 200);
    expect((await asked).map(({ status }) => status)).toEqual([200, 200, 200]);
    const again = ask('sip:x@example.test');
    udp.answer(await udp.request('OPTIONS'), port(), 200);
    await again;
    expect(dns.questions.filter((question) => question.startsWith('NAPTR'))).toEqual(['NAPTR example.test']);
    expect(dns.questions.filter((question) => question === 'SRV _sip._udp.example.test')).toHaveLength(1);
  });

  it('to a name that is nowhere is answered 503, and not asked again at once', async () => {
    await start();
    expect((await ask('sip:x@nowhere.test')).status).toBe(503);
    const { length } = dns.questions;
    expect((await ask('sip:x@nowhere.test')).status).toBe(503);
    expect(dns.questions).toHaveLength(length);
  });
});

describe('a silent name server', () => {
  it('costs a request its deadline and nobody else anything', async () => {
    await start({ limits: { dnsDeadlineMs: 200 } });
    dns.silent = true;
    const began = performance.now();
    const lost = ask('sip:x@example.test');
    const udp = await stage.udp();
    const other = ask(`sip:x@127.0.0.1:${udp.port}`);
    udp.answer(await udp.request('OPTIONS'), port(), 200);
    expect((await other).status).toBe(200);
    expect((await lost).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('leaves the last answer in use', async () => {
    await start({ limits: { dnsDeadlineMs: 150, dnsCacheMaxMs: 1, dnsCacheMinMs: 0, dnsServiceCacheMs: 1 } });
    const udp = await stage.udp();
    serve('example.test', [udp]);
    const first = ask('sip:x@example.test');
    udp.answer(await udp.request('OPTIONS'), port(), 200);
    await first;
    dns.silent = true;
    const second = ask('sip:x@example.test');
    udp.answer(await udp.request('OPTIONS'), port(), 200);
    expect((await second).status).toBe(200);
  });
});

describe('the next target is tried (RFC 3263 §4.3)', () => {
  it('when the first is silent; a call given up that is answered after all is ended', async () => {
    await start();
    const [silent, good] = [await stage.udp(), await stage.udp()];
    serve('example.test', [silent, good]);
    const placed = srf.createUAC('sip:x@example.test', { localSdp: SDP });
    const lost = await silent.request('INVITE');
    const invite = await good.request('INVITE');
    expect(invite.header('call-id')).toBe(lost.header('call-id'));
    expect(invite.header('cseq')).toBe(lost.header('cseq'));
    expect(invite.tag('from')).toBe(lost.tag('from'));
    expect(invite.header('via')).not.toBe(lost.header('via'));
    good.answer(invite, port(), 180, { toTag: 'good' });
    accept(silent, lost, 'late');
    expect((await silent.request('ACK')).tag('to')).toBe('late');
    const unwanted = await silent.request('BYE');
    silent.answer(unwanted, port(), 200);
    accept(good, invite, 'good');
    const dialog = await placed;
    expect((await good.request('ACK')).tag('to')).toBe('good');
    const ended = dialog.destroy();
    const bye = await good.request('BYE');
    expect(bye.tag('to')).toBe('good');
    good.answer(bye, port(), 200);
    await ended;
    expect(stage.engine.counters().failovers).toBe(1);
  });

  it('when the first is silent; one given up that rings after all is cancelled, and ended when it answers', async () => {
    await start();
    const [slow, good] = [await stage.udp(), await stage.udp()];
    serve('example.test', [slow, good]);
    const placed = srf.createUAC('sip:x@example.test', { localSdp: SDP });
    const lost = await slow.request('INVITE');
    const invite = await good.request('INVITE');
    for (const status of [100, 180]) slow.answer(lost, port(), status, { toTag: 'slow' });
    const cancel = await slow.request('CANCEL');
    expect(cancel.header('via')).toBe(lost.header('via'));
    slow.answer(cancel, port(), 200);
    accept(slow, lost, 'slow');
    expect((await slow.request('ACK')).tag('to')).toBe('slow');
    slow.answer(await slow.request('BYE'), port(), 200);
    good.answer(invite, port(), 486);
    await expect(placed).rejects.toMatchObject({ status: 486 });
    expect(slow.inbox.all.filter(({ method }) => method === 'CANCEL')).toHaveLength(1);
  });

  it('when the first answers 503, for any method; the application sees the last answer alone', async () => {
    await start({ limits: { failedTargetMs: 0 } });
    const [busy, good] = [await stage.udp(), await stage.udp()];
    serve('example.test', [busy, good]);
    for (const status of [200, 404, 503]) {
      const asked = ask('sip:x@example.test');
      busy.answer(await busy.request('OPTIONS'), port(), 503);
      good.answer(await good.request('OPTIONS'), port(), status);
      const outcome = await asked;
      expect(outcome.status).toBe(status);
      expect(outcome.responses).toBe(1);
    }
    const placed = srf.createUAC('sip:x@example.test', { localSdp: SDP });
    busy.answer(await busy.request('INVITE'), port(), 503, { toTag: 'busy' });
    await busy.request('ACK');
    const invite = await good.request('INVITE');
    good.answer(invite, port(), 486, { toTag: 'good' });
    await expect(placed).rejects.toMatchObject({ status: 486 });
    await good.request('ACK');
  });

  it('when the first refuses the connection', async () => {
    await start();
    const gone = await tcpParty();
    const good = stage.keep(await tcpParty());
    const dead = { port: gone.port };
    await gone.close();
    serve('example.test', [dead, good], 'tcp');
    const asked = ask('sip:x@example.test;transport=tcp');
    good.answer(await good.request('OPTIONS'), 0, 200);
    expect((await asked).status).toBe(200);
  });

  it('first, once another has failed: not every request waits for the dead one', async () => {
    await start({ limits: { failedTargetMs: 60_000 } });
    const [dead, good] = [await stage.udp(), await stage.udp()];
    serve('example.test', [dead, good]);
    for (let i = 0; i < 3; i += 1) {
      const asked = ask('sip:x@example.test');
      good.answer(await good.request('OPTIONS'), port(), 200);
      expect((await asked).status).toBe(200);
    }
    expect(new Set(dead.inbox.all.map((message) => message.header('call-id'))).size).toBe(1);
  });

  it('never behind an answer the application has seen, nor behind its CANCEL', async () => {
    await start();
    const [first, second] = [await stage.udp(), await stage.udp()];
    serve('example.test', [first, second]);
    const placed = srf.createUAC('sip:x@example.test', { localSdp: SDP });
    const invite = await first.request('INVITE');
    first.answer(invite, port(), 180, { toTag: 'first' });
    first.answer(invite, port(), 503, { toTag: 'first' });
    await expect(placed).rejects.toMatchObject({ status: 503 });
    let sent: Srf;
    const cancelled = srf.createUAC(
      'sip:x@example.test',
      { localSdp: SDP },
      {
        cbRequest: (_e: unknown, req: Srf) => {
          sent = req;
        },
      },
    );
    cancelled.catch(() => {});
    const other = await first.request('INVITE');
    first.answer(other, port(), 100);
    await until(
      () => sent !== undefined,
      5000,
      () => 'not sent',
    );
    sent.cancel(() => {});
    first.answer(await first.request('CANCEL'), port(), 200);
    first.answer(other, port(), 503, { toTag: 'first' });
    await expect(cancelled).rejects.toMatchObject({ status: 503 });
    expect(second.inbox.all).toEqual([]);
  });
});

describe('the order of hosts (RFC 2782)', () => {
  const hop = (port: number, priority: number, weight: number): Hop => ({
    protocol: 'udp',
    port,
    rank: 0,
    priority,
    weight,
    addresses: ['127.0.0.1'],
  });
  beforeEach(() => start());

  it('is by priority, and by weight among equals', () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const first = new Map<number, number>();
    for (let i = 0; i < 4000; i += 1) {
      const ports = orderHops([hop(3, 2, 9), hop(1, 1, 30), hop(2, 1, 10)], random).map(({ port }) => port);
      expect(ports[2]).toBe(3);
      first.set(ports[0] ?? 0, (first.get(ports[0] ?? 0) ?? 0) + 1);
    }
    expect((first.get(1) ?? 0) / 4000).toBeGreaterThan(0.68);
    expect((first.get(1) ?? 0) / 4000).toBeLessThan(0.8);
  });

  it('puts those that failed last for a while, and keeps count of few', () => {
    let now = 0;
    const failed = new FailedTargets(1000, () => now);
    const peers = [1, 2, 3].map((number) => ({ protocol: 'udp' as const, address: '127.0.0.1', port: number }));
    failed.failed(peers[0] as (typeof peers)[0]);
    expect(failed.order(peers).map((peer) => peer.port)).toEqual([2, 3, 1]);
    now = 1000;
    expect(failed.order(peers)).toBe(peers);
    for (let number = 1; number < 5000; number += 1) failed.failed({ protocol: 'udp', address: '127.0.0.1', port: number });
    expect(failed.size).toBeLessThanOrEqual(1000);
  });
});

it('a BYE of the engine goes on to the next address of a name as well (RFC 3263 §4.3)', async () => {
  await start({ timers: { nextTargetMs: 60 } });
  const [alice, silent, edge] = [await stage.udp(), await stage.udp(), await stage.udp()];
  serve('edge.test', [silent, edge]);
  srf.invite((req: Srf, res: Srf) => void srf.createUAS(req, res, { localSdp: SDP }));
  await stage.serving(1);
  const call = new Caller(alice, port());
  call.invite({ headers: ['Record-Route: <sip:edge.test;lr>'] });
  await call.answered();
  const ended = stage.engine.byeAll('over');
  const [first, second] = [await silent.request('BYE'), await edge.request('BYE')];
  expect([second.cseq, second.header('reason')]).toEqual([first.cseq, 'SIP;cause=200;text="over"']);
  edge.answer(second, port(), 200);
  await ended;
});
