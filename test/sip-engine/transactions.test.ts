import { beforeEach, describe, expect, it } from 'vitest';
import type { ResponseView } from '../../src/sip-engine/message/read-response.ts';
import { InviteClient, type InviteClientEvents } from '../../src/sip-engine/transaction/invite-client.ts';
import { InviteServer } from '../../src/sip-engine/transaction/invite-server.ts';
import { NonInviteClient, type NonInviteClientEvents } from '../../src/sip-engine/transaction/non-invite-client.ts';
import { NonInviteServer } from '../../src/sip-engine/transaction/non-invite-server.ts';
import { completeTimers } from '../../src/sip-engine/transaction/sip-timers.ts';
import type { TransactionDeps } from '../../src/sip-engine/transaction/transaction-deps.ts';
import type { Peer } from '../../src/sip-engine/transport/peer.ts';
import { ManualScheduler } from './support/manual-scheduler.ts';

const UDP: Peer = { protocol: 'udp', address: '192.0.2.1', port: 5060 };
const TCP: Peer = { ...UDP, protocol: 'tcp' };

let scheduler: ManualScheduler;
let sent: { at: number; what: string }[];
let told: string[];
let now: number;
let fail: ((why: string) => void) | undefined;
let deps: TransactionDeps;
beforeEach(() => {
  scheduler = new ManualScheduler();
  sent = [];
  told = [];
  now = 0;
  deps = {
    scheduler,
    timers: completeTimers(),
    send: (message, _to, failed) => {
      sent.push({ at: now, what: `${message.method}${message.status}` });
      fail = failed;
    },
    retransmitted: () => {},
    unanswered: () => {},
  };
});

/** Moves time in steps small enough to note when things were sent. */
function pass(ms: number): void {
  for (let end = now + ms; now < end; ) {
    now += 100;
    scheduler.advance(100);
  }
}

const out = (method: string, status: number | '' = '') => ({ bytes: Buffer.from(method), method, status });
const response = (status: number) => ({ message: { status } }) as ResponseView;
const times = (): number[] => sent.map(({ at }) => at);

describe('INVITE client (RFC 3261 §17.1.1)', () => {
  const client = (to: Peer): InviteClient => {
    const events: InviteClientEvents = {
      response: (view, _from, repeated) => told.push(`${view.message.status}${repeated ? ' again' : ''}`),
      timeout: () => told.push('timeout'),
      failed: (why) => told.push(`failed: ${why}`),
      ended: () => told.push('ended'),
      acknowledgement: () => Buffer.from('ACK'),
    };
    const transaction = new InviteClient(deps, out('INVITE'), to, events, () => {});
    transaction.start();
    return transaction;
  };

  it('repeats at T1 doubling and gives up at 64*T1 over UDP (Timers A, B)', () => {
    client(UDP);
    pass(32_000);
    expect(times()).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(told).toEqual(['timeout']);
    pass(32_000);
    expect(told).toEqual(['timeout', 'ended']);
    expect(scheduler.size).toBe(0);
  });

  it('never repeats over TCP but gives up as late', () => {
    client(TCP);
    pass(32_000);
    expect(times()).toEqual([0]);
    expect(told).toEqual(['timeout']);
  });

  it('stops repeating at a provisional answer and then waits without end', () => {
    const transaction = client(UDP);
    pass(600);
    transaction.receive(response(180), UDP);
    pass(100_000);
    expect(sent).toHaveLength(2);
    expect(told).toEqual(['180']);
    expect(scheduler.size).toBe(0);
    transaction.terminate();
  });

  it.each([
    [UDP, 32_000],
    [TCP, 0],
  ])('acknowledges a refusal, again for each copy, for as long as Timer D says', (to, lingerMs) => {
    const transaction = client(to);
    transaction.receive(response(486), to);
    transaction.receive(response(486), to);
    expect(sent.map(({ what }) => what)).toEqual(['INVITE', 'ACK', 'ACK']);
    pass(lingerMs - 100);
    if (lingerMs > 0) expect(told).toEqual(['486']);
    pass(200);
    expect(told).toEqual(['486', 'ended']);
    expect(scheduler.size).toBe(0);
  });

  it('passes each 2xx up, sends no ACK of its own, and ends at Timer M (RFC 6026 §7.2)', () => {
    const transaction = client(UDP);
    transaction.receive(response(200), UDP);
    transaction.receive(response(200), UDP);
    transaction.receive(response(180), UDP);
    expect(told).toEqual(['200', '200 again']);
    expect(sent).toHaveLength(1);
    pass(32_000);
    expect(told.at(-1)).toBe('ended');
    expect(scheduler.size).toBe(0);
  });

  it('still reports a 2xx and acknowledges a refusal that come while it lingers', () => {
    for (const status of [200, 486]) {
      const transaction = client(UDP);
      pass(32_000);
      told.length = 0;
      transaction.receive(response(status), UDP);
      expect(told).toEqual(status === 200 ? ['200'] : []);
      transaction.terminate();
    }
    expect(sent.at(-1)?.what).toBe('ACK');
    expect(scheduler.size).toBe(0);
  });

  it('fails when the request cannot leave', () => {
    client(TCP);
    fail?.('refused');
    expect(told).toEqual(['failed: refused', 'ended']);
    expect(scheduler.size).toBe(0);
  });
});

describe('non-INVITE client (RFC 3261 §17.1.2)', () => {
  const client = (to: Peer): NonInviteClient => {
    const events: NonInviteClientEvents = {
      response: (view) => told.push(String(view.message.status)),
      timeout: () => told.push('timeout'),
      failed: () => told.push('failed'),
      ended: () => told.push('ended'),
    };
    const transaction = new NonInviteClient(deps, out('BYE'), to, events, () => {});
    transaction.start();
    return transaction;
  };

  it('repeats at T1 doubling up to T2 and gives up at 64*T1 (Timers E, F)', () => {
    client(UDP);
    pass(32_000);
    expect(times()).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(told).toEqual(['ended', 'timeout']);
    expect(scheduler.size).toBe(0);
  });

  it('repeats at T2 behind a provisional answer', () => {
    const transaction = client(UDP);
    transaction.receive(response(100), UDP);
    pass(12_500);
    expect(times()).toEqual([0, 500, 4500, 8500, 12_500]);
    transaction.terminate();
  });

  it.each([
    [UDP, 5000],
    [TCP, 0],
  ])('absorbs copies of the answer until Timer K', (to, lingerMs) => {
    const transaction = client(to);
    transaction.receive(response(200), to);
    transaction.receive(response(200), to);
    pass(lingerMs + 100);
    expect(told).toEqual(['200', 'ended']);
    expect(sent).toHaveLength(1);
  });
});

describe('INVITE server (RFC 3261 §17.2.1)', () => {
  const server = (to: Peer): InviteServer =>
    new InviteServer(deps, to, { repeatedAfterAccept: () => told.push('again'), ended: () => told.push('ended') });

  it('answers a copy with the last provisional answer', () => {
    const transaction = server(UDP);
    for (const status of [100, 180]) {
      transaction.respond(out('INVITE', status));
      transaction.retransmitted();
    }
    expect(sent.map(({ what }) => what)).toEqual(['INVITE100', 'INVITE100', 'INVITE180', 'INVITE180']);
    transaction.terminate();
  });

  it('repeats a refusal at T1 doubling up to T2 until the ACK, and ends at Timer H without one', () => {
    const transaction = server(UDP);
    transaction.respond(out('INVITE', 486));
    pass(32_000);
    expect(times()).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(told).toEqual(['ended']);
    expect(transaction.acknowledged()).toBe(false);
    expect(scheduler.size).toBe(0);
  });

  it('falls silent at the ACK and absorbs further ones until Timer I', () => {
    const transaction = server(UDP);
    transaction.respond(out('INVITE', 486));
    expect(transaction.acknowledged()).toBe(true);
    pass(4900);
    expect(transaction.acknowledged()).toBe(true);
    transaction.retransmitted();
    pass(200);
    expect(told).toEqual(['ended']);
    expect(sent).toHaveLength(1);
  });

  it('over TCP repeats nothing but still waits for the ACK', () => {
    const transaction = server(TCP);
    transaction.respond(out('INVITE', 486));
    pass(31_900);
    expect(sent).toHaveLength(1);
    expect(told).toEqual([]);
    pass(200);
    expect(told).toEqual(['ended']);
  });

  it('leaves the 2xx to its user, whom it tells of copies, until Timer L (RFC 6026 §7.1)', () => {
    const transaction = server(UDP);
    transaction.respond(out('INVITE', 200));
    transaction.retransmitted();
    expect(transaction.acknowledged()).toBe(false);
    transaction.respond(out('INVITE', 486));
    expect(sent).toHaveLength(1);
    pass(32_000);
    expect(told).toEqual(['again', 'ended']);
    expect(scheduler.size).toBe(0);
  });
});

describe('non-INVITE server (RFC 3261 §17.2.2)', () => {
  const server = (to: Peer): NonInviteServer => new NonInviteServer(deps, to, () => told.push('ended'));

  it('says nothing to copies before it has an answer, then the same each time until Timer J', () => {
    const transaction = server(UDP);
    transaction.retransmitted();
    expect(sent).toEqual([]);
    transaction.respond(out('BYE', 200));
    transaction.respond(out('BYE', 500));
    transaction.retransmitted();
    expect(sent.map(({ what }) => what)).toEqual(['BYE200', 'BYE200']);
    pass(31_900);
    expect(told).toEqual([]);
    pass(200);
    expect(told).toEqual(['ended']);
  });

  it('is over at its answer on TCP', () => {
    server(TCP).respond(out('BYE', 200));
    expect(told).toEqual(['ended']);
    expect(scheduler.size).toBe(0);
  });
});
