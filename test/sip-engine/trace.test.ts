import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { metricsText } from '../../src/sip-engine/metrics-text.ts';
import { hepPacket } from '../../src/sip-engine/trace/hep-packet.ts';
import { maskSecrets } from '../../src/sip-engine/trace/mask-secrets.ts';
import { TraceRing } from '../../src/sip-engine/trace/trace-ring.ts';
import { Caller } from './support/caller.ts';
import { requestText, responseText, SDP } from './support/sip-text.ts';
import { command, type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  await stage?.close();
  stage = undefined;
  for (const socket of sockets.splice(0)) socket.close();
});

const PEER = { protocol: 'udp', address: '192.0.2.7', port: 5060 } as const;
const LIMITS = { traceBytesMax: 1000, traceMessagesMax: 8, traceMessagesPerCallMax: 4 };
/** What a ring has of these calls, as the first letter of each message. */
const kept = (ring: TraceRing, ...ids: string[]): string =>
  ring
    .read(ids)
    .messages.map(({ bytes }) => String.fromCharCode(bytes[0] ?? 0))
    .join('');
const fill = (ring: TraceRing, callId: string, letter: string, length = 10, method = 'INVITE'): void =>
  ring.add(callId, method, 'in', Buffer.alloc(length, letter), PEER, 1);

describe('the ring of messages', () => {
  it('keeps calls from their INVITE on, and nothing else', () => {
    const ring = new TraceRing(LIMITS);
    fill(ring, 'reg', 'r', 10, 'REGISTER');
    fill(ring, 'a', 'x', 10, '');
    fill(ring, 'a', 'i');
    fill(ring, 'a', '2', 10, '');
    fill(ring, 'b', 'j');
    expect([kept(ring, 'a'), kept(ring, 'b', 'a', 'a'), kept(ring, 'reg', 'none'), ring.messages]).toEqual(['i2', 'i2j', '', 3]);
  });

  it('forgets the oldest messages when there are too many', () => {
    const ring = new TraceRing(LIMITS);
    for (const [at, letter] of [...'abcdefghij'].entries()) fill(ring, `call-${Math.floor(at / 2)}`, letter);
    expect(ring.messages).toBe(8);
    expect(kept(ring, 'call-0', 'call-1', 'call-4')).toBe('cdij');
  });

  it('forgets what was written over, whole messages only, however they lie', () => {
    for (let length = 90; length < 400; length += 31) {
      const ring = new TraceRing({ ...LIMITS, traceMessagesMax: 100, traceMessagesPerCallMax: 100 });
      for (let at = 0; at < 60; at += 1) {
        fill(ring, `call-${at % 3}`, String.fromCharCode(65 + at), length + (at % 5));
        const { messages } = ring.read(['call-0', 'call-1', 'call-2']);
        expect(messages.length).toBe(ring.messages);
        expect(messages.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(1000);
        // Each byte of a message is its own.
        for (const { bytes } of messages) expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
        expect(messages.at(-1)?.bytes[0]).toBe(65 + at);
      }
      expect(ring.messages).toBeGreaterThan(1);
    }
  });

  it('keeps no more of one Call-ID than it may, and counts what it left', () => {
    const ring = new TraceRing(LIMITS);
    for (const letter of 'abcdefg') fill(ring, 'a', letter);
    fill(ring, 'b', 'z');
    fill(ring, 'c', 'x', 2000);
    expect([kept(ring, 'a', 'b', 'c'), ring.read(['a']).left, ring.dropped]).toEqual(['abcdz', 3, 4]);
  });
});

describe('secrets', () => {
  it.each([
    [
      'Authorization: Digest username="a", realm="r", response="0123abcd", uri="sip:b"',
      'username="a", realm="r", response=**********, uri="sip:b"',
    ],
    ['proxy-AUTHORIZATION : DIGEST response=0123, cnonce="xy" ,nc=00000001', 'DIGEST response=****, cnonce=**** ,nc=00000001'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer********'],
    ['Authorization: Digest realm="r",\r\n response="0123"', '\r\n ***************'],
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20;inline:bW9yZQ==', 'inline:********|2^20;inline:********'],
    [
      'v=0\na=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20\nk=base64:c2VjcmV0\nt=0 0',
      'inline:********|2^20\nk=***************\nt=0 0',
    ],
    ['s=-\r\nk=clear:secret', '\r\nk=************'],
    ['X-Acme-Token: correct horse', 'X-Acme-Token: ******* *****'],
    ['x-SECRET-id :\r\n abc', 'x-SECRET-id :\r\n ***'],
  ])('in %s are masked, and the message keeps its length', (line, shown) => {
    const message = `INVITE sip:b SIP/2.0\r\n${line}\r\nCSeq: 1 INVITE\r\n\r\nresponse="body"`;
    expect(maskSecrets(message)).toContain(shown);
    expect(maskSecrets(message)).toHaveLength(message.length);
    expect(maskSecrets(message)).toMatch(/^INVITE sip:b SIP\/2\.0\r\n.*\r\nCSeq: 1 INVITE\r\n\r\nresponse="body"$/s);
  });

  it('are not looked for in challenges', () => {
    const message = 'SIP/2.0 401 U\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n';
    expect(maskSecrets(message)).toBe(message);
  });
});

/** One call through an application with a digest in its INVITE. */
async function oneCall(on: Stage): Promise<{ call: Caller; srf: Srf; port: number }> {
  const srf = await on.app();
  srf.invite((req: Srf, res: Srf) => void srf.createUAS(req, res, { localSdp: SDP }));
  await on.serving(1);
  const alice = await on.udp();
  const call = new Caller(alice, on.engine.sip.port);
  call.invite({ headers: ['Authorization: Digest username="alice", response="00112233"', 'Subject: gr\u00fc\u00dfe'] });
  await call.answered();
  await call.bye();
  return { call, srf, port: alice.port };
}

const ask = (srf: Srf, line: string): Promise<[string[], string | undefined]> =>
  // biome-ignore lint/suspicious/noExplicitAny: the library hands over the rest of the frame as well.
  new Promise((resolve) => command(srf, line, ((tokens: string[], raw: string | undefined) => resolve([tokens, raw])) as any));

describe('the messages of a call', () => {
  it('are told to an application that asks, in both directions and without secrets', async () => {
    stage = await setStage({ limits: { traceBytesMax: 100_000 } });
    const { call, srf, port } = await oneCall(stage);
    const [tokens, raw] = await ask(srf, `trace\r\nnone\r\n${call.callId}\r\n`);
    expect(tokens).toEqual(['OK', 'trace']);
    const { messages, left } = JSON.parse(raw ?? '');
    expect(left).toBe(0);
    const shown = messages.map((one: Record<string, string>) => `${one.direction} ${(one.text ?? '').split(' SIP/2.0')[0]?.slice(0, 12)}`);
    expect(shown.map((line: string) => line.replace(/ sip:.*/, ''))).toEqual(
      ['in INVITE', 'out SIP/2.0 100 ', 'out SIP/2.0 200 ', 'in ACK', 'in BYE', 'out SIP/2.0 200 '].map((line) =>
        line.startsWith('out') ? line : line,
      ),
    );
    expect(messages[0]).toMatchObject({ call_id: call.callId, transport: 'udp', address: '127.0.0.1', port });
    expect(messages[0].text).toContain('response=**********');
    expect(Math.abs(messages[0].at - Date.now())).toBeLessThan(20_000);
    const text = metricsText(stage.engine.counters());
    expect(text).toContain('dialplane_sip_trace_messages 6');
    expect(text).toContain('dialplane_sip_transport_messages_total{direction="in",transport="udp",class="request"} 3');
    expect(text).toContain('dialplane_sip_transport_messages_total{direction="out",transport="udp",class="2xx"} 2');
    expect(text).toContain('dialplane_sip_dialogs_total{side="uas"} 1');
    expect(text).toContain('dialplane_sip_transactions_total{side="server",kind="invite"} 1');
  });

  it.each(['i', 'call-ID'])(
    'that are passed on are kept, whoever writes `%s` for their Call-ID, and what a body says is none',
    async (name) => {
      stage = await setStage({ limits: { traceBytesMax: 100_000 } });
      const [srf, alice, carol] = [await stage.app(), await stage.udp(), await stage.udp()];
      srf.invite((req: Srf) => void srf.proxyRequest(req, [`sip:127.0.0.1:${carol.port}`], {}));
      await stage.serving(1);
      const port = stage.engine.sip.port;
      const request = (method: string, branch: string): string =>
        requestText({
          method,
          uri: `sip:bob@127.0.0.1:${port}`,
          via: alice.via(branch),
          from: '<sip:a@127.0.0.1>;tag=a',
          to: '<sip:bob@127.0.0.1>',
          callId: 'own',
          cseq: 1,
          headers: [`Contact: ${alice.contact}`],
          body: method === 'INVITE' ? '\r\nCall-ID: other\r\n' : '',
        }).replace('Call-ID:', `${name}:`);
      alice.send(request('INVITE', 'z9hG4bKform'), port);
      const busy = responseText(await carol.request('INVITE'), 486, { toTag: 'busy' });
      carol.send(busy.replace(/Call-ID: .*/, 'Call-ID: own'), port);
      await alice.response(486);
      alice.send(request('ACK', 'z9hG4bKform').replace('To: <sip:bob@127.0.0.1>', 'To: <sip:bob@127.0.0.1>;tag=busy'), port);
      await stage.idle();
      const [, raw] = await ask(srf, 'trace\r\nown\r\nother\r\n');
      const shown = JSON.parse(raw ?? '').messages.map((one: Record<string, string>) => `${one.direction} ${one.call_id} ${one.text}`);
      const starts = shown.map((text: string) => text.split(/ sip:|\r/)[0]);
      expect(starts.filter((start: string) => !/SIP\/2.0 100/.test(start))).toEqual([
        'in own INVITE',
        'out own INVITE',
        'in own SIP/2.0 486 Answer',
        'out own ACK',
        'out own SIP/2.0 486 Answer',
        'in own ACK',
      ]);
    },
  );

  it('are not kept where that is off', async () => {
    stage = await setStage();
    const { call, srf } = await oneCall(stage);
    expect(await ask(srf, `trace\r\n${call.callId}`)).toEqual([['NOK', 'trace is off'], undefined]);
  });
});

interface Hep {
  readonly chunks: ReadonlyMap<number, Buffer>;
}

/** Reads a packet chunk by chunk; throws where it is none. */
function readHep(packet: Buffer): Hep {
  expect(packet.toString('latin1', 0, 4)).toBe('HEP3');
  expect(packet.readUInt16BE(4)).toBe(packet.length);
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < packet.length; ) {
    expect(packet.readUInt16BE(at)).toBe(0);
    const length = packet.readUInt16BE(at + 4);
    expect(length).toBeGreaterThan(6);
    chunks.set(packet.readUInt16BE(at + 2), packet.subarray(at + 6, at + length));
    at += length;
  }
  return { chunks };
}

describe('a HEP collector', () => {
  it('gets every message of a call with its ends, its time and its Call-ID', async () => {
    const collector = createSocket('udp4');
    sockets.push(collector);
    const packets: Hep[] = [];
    collector.on('message', (packet) => packets.push(readHep(packet)));
    await new Promise<void>((resolve) => collector.bind(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${collector.address().port}`;
    stage = await setStage({ hep: { target, captureId: 2001, password: 'homer' } });
    const { call, port } = await oneCall(stage);
    await until(
      () => packets.length >= 6,
      5000,
      () => `${packets.length} packets`,
    );
    const { chunks } = packets[0] as Hep;
    const number = (type: number): number => chunks.get(type)?.readUIntBE(0, chunks.get(type)?.length ?? 0) ?? -1;
    expect([number(1), number(2), number(11), number(12)]).toEqual([2, 17, 1, 2001]);
    expect([...(chunks.get(3) ?? [])]).toEqual([127, 0, 0, 1]);
    expect([...(chunks.get(4) ?? [])]).toEqual([127, 0, 0, 1]);
    expect([number(7), number(8)]).toEqual([port, stage.engine.sip.port]);
    expect(Math.abs(number(9) - Date.now() / 1000)).toBeLessThan(20);
    expect(number(10)).toBeLessThan(1_000_000);
    expect(chunks.get(14)?.toString()).toBe('homer');
    expect(chunks.get(17)?.toString()).toBe(call.callId);
    expect(chunks.get(15)?.toString('latin1')).toMatch(/^INVITE sip:bob@.*response=\*{10}\r\n/s);
    expect([...chunks.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 14, 15, 17]);
    const answer = (packets[1] as Hep).chunks;
    expect(answer.get(7)?.readUInt16BE(0)).toBe(stage.engine.sip.port);
    expect(stage.engine.counters().captured).toBeGreaterThanOrEqual(6);
  });

  it('is told IPv6 addresses as such, and that TLS is a stream', () => {
    const { chunks } = readHep(
      hepPacket(
        {
          at: 1_700_000_000_123.456,
          datagram: false,
          source: { address: '2001:db8::7', port: 5061 },
          destination: { address: '::ffff:192.0.2.9', port: 40_000 },
          payload: Buffer.from('x'),
          correlationId: 'c',
        },
        { captureId: 7 },
      ),
    );
    expect([...(chunks.get(1) ?? [])]).toEqual([10]);
    expect([...(chunks.get(2) ?? [])]).toEqual([6]);
    expect(chunks.get(5)?.toString('hex')).toBe('20010db8000000000000000000000007');
    expect(chunks.get(6)?.toString('hex')).toBe('00000000000000000000ffffc0000209');
    expect([chunks.get(9)?.readUInt32BE(0), chunks.get(10)?.readUInt32BE(0)]).toEqual([1_700_000_000, 123_456]);
    expect(chunks.has(14)).toBe(false);
  });

  it('that has no name that resolves costs nothing but a count', async () => {
    stage = await setStage({ hep: { target: 'collector.invalid:9060' } });
    await oneCall(stage);
    expect(stage.engine.counters().drops.get('hep_unreachable')).toBeGreaterThanOrEqual(6);
    await expect(setStage({ hep: { target: 'nowhere' } })).rejects.toThrow('no host:port');
  });
});
