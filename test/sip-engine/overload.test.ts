import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KeyedTokenBuckets } from '../../src/kit/keyed-token-buckets.ts';
import { QueueProbe } from '../../src/sip-engine/overload/queue-probe.ts';
import { sourceKey } from '../../src/sip-engine/transport/source-key.ts';
import type { Party } from './support/party.ts';
import type { SipText } from './support/sip-text.ts';
import { type Stage, setStage } from './support/stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const request = (method: string, at: number, port: number, more = '', toTag = ''): string =>
  [
    `${method} sip:callee@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${method}-${at}`,
    `From: <sip:a@127.0.0.1>;tag=${at}`,
    `To: <sip:callee@127.0.0.1>${toTag}`,
    `Call-ID: call-${at}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:a@127.0.0.1:${port}>`,
    'Max-Forwards: 70',
    ...(more === '' ? [] : [more]),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

const next = (party: Party): Promise<SipText> => party.inbox.next((message) => message.status !== undefined, 'answer', 20_000);

describe('a source', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::', 'fe80:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s counts as %s', (address, key) => {
    expect(sourceKey(address)).toBe(key);
  });

  it('is forgotten when many others came', () => {
    const buckets = new KeyedTokenBuckets(0.001, 1, 100);
    expect([buckets.take('first'), buckets.take('first')]).toEqual([true, false]);
    for (let at = 0; at < 5000; at += 1) buckets.take(`other-${at}`);
    expect(buckets.size).toBe(100);
    expect(buckets.take('first')).toBe(true);
  });
});

describe('requests outside dialogs', () => {
  it('of a source that sends too many get 503 with Retry-After, then nothing; what belongs to a dialog is still read', async () => {
    stage = await setStage({ limits: { sourceRequestsPerSecond: 1, refusalsPerSecond: 3 } });
    const party = await stage.udp();
    for (let at = 0; at < 8; at += 1) party.send(request('OPTIONS', at, party.port), stage.engine.sip.port);
    // Two at once, three refusals, three without an answer.
    for (let count = 0; count < 2; count += 1) expect((await next(party)).status).toBe(200);
    for (let count = 0; count < 3; count += 1) {
      const refused = await next(party);
      expect(refused.status).toBe(503);
      expect(refused.header('retry-after')).toBe('5');
    }
    party.send(request('BYE', 100, party.port, '', ';tag=none'), stage.engine.sip.port);
    expect((await next(party)).status).toBe(481);
    party.send(request('CANCEL', 101, party.port), stage.engine.sip.port);
    expect((await next(party)).status).toBe(481);
    expect(stage.engine.counters().drops.get('source_rate')).toBe(6);
  });

  it('of all sources together come in only as fast as they may', async () => {
    stage = await setStage({ limits: { newRequestsPerSecond: 2 } });
    const [one, two] = [await stage.udp(), await stage.udp()];
    for (const [at, party] of [one, two, one, two].entries()) {
      party.send(request('OPTIONS', at, party.port), stage.engine.sip.port);
      expect((await next(party)).status).toBe(at < 2 ? 200 : 503);
    }
    expect(stage.engine.counters().drops.get('engine_rate')).toBe(2);
  });

  it.each([
    ['User-Agent: friendly-scanner', 'as known scanners show themselves'],
    ['User-Agent: SIPVicious 0.3', 'whatever the case'],
  ])('that show %s are not answered, %s', async (line) => {
    stage = await setStage();
    const party = await stage.udp();
    party.send(request('OPTIONS', 1, party.port, line), stage.engine.sip.port);
    party.send(request('OPTIONS', 2, party.port, 'User-Agent: phone'), stage.engine.sip.port);
    const answered = await next(party);
    expect([answered.status, answered.header('call-id')]).toEqual([200, 'call-2']);
    expect(stage.engine.counters().drops.get('scanner')).toBe(1);
  });

  it('that show it hear 603 where that is set, as a drachtio-server can be told to say', async () => {
    stage = await setStage({ scannersGet: 603 });
    const party = await stage.udp();
    party.send(request('OPTIONS', 1, party.port, 'User-Agent: sipvicious'), stage.engine.sip.port);
    expect((await next(party)).status).toBe(603);
  });
});

describe('a full table', () => {
  it('of applications takes no more of them, and counts who came', async () => {
    stage = await setStage({ limits: { applicationsMax: 1 } });
    await stage.app();
    const late = connect(stage.engine.control.port, '127.0.0.1');
    await once(late, 'close');
    expect([stage.engine.counters().applications, stage.engine.counters().drops.get('application_limit')]).toEqual([1, 1]);
  });
});

describe('the queue probe', () => {
  it('tells of a queue that stays long, not of one pause', async () => {
    let now = 0;
    // It sends to a port where nobody listens: what comes back is given by hand.
    const sent: Buffer[] = [];
    const { createSocket } = await import('node:dgram');
    const listener = createSocket('udp4', (bytes) => sent.push(bytes));
    await new Promise<void>((resolve) => listener.bind(0, '127.0.0.1', resolve));
    const probe = new QueueProbe({ address: '127.0.0.1', port: listener.address().port }, 500, () => now);
    const next = async (): Promise<Buffer> => {
      while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return sent.shift() as Buffer;
    };
    try {
      const pause = await next();
      now += 5000;
      expect(probe.received(pause)).toBe(true);
      expect(probe.isBehind).toBe(false);
      for (let count = 1; count <= 9; count += 1) {
        const late = await next();
        now += 600;
        probe.received(late);
        expect(probe.isBehind).toBe(count >= 9);
      }
      const soon = await next();
      now += 20;
      probe.received(soon);
      expect(probe.isBehind).toBe(false);
      expect(probe.received(Buffer.alloc(8))).toBe(false);
      expect(probe.received(Buffer.from('\r\n\r\n'))).toBe(false);
    } finally {
      probe.stop();
      listener.close();
    }
  });
});
