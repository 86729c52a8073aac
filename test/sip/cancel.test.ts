import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leg } from '../support/sip/leg.ts';
import type { SipMessage } from '../support/sip/message.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  // Slow enough for 200 calls at once on a busy machine not to drown in their own retransmissions.
  stage = await openStage({ settings: { firstResponseMs: 1500 }, timers: { t1Ms: 100, t2Ms: 400, t4Ms: 200 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

const callIn = () => carrier.invite({ to: NUMBER, target: stage.target });

/** Sends a request of the caller's in the early dialog of a provisional answer, and resolves with its status. */
async function inEarlyDialog(call: ReturnType<typeof callIn>, ringing: SipMessage, method: string, cseq: number): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const fields = [
    `${method} ${/<([^>]+)>/.exec(ringing.header('Contact'))?.[1]} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bKearly${cseq};rport`,
    `From: ${call.request.header('From')}`,
    `To: ${ringing.header('To')}`,
    `Call-ID: ${call.callId}`,
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
    'Content-Length: 0',
  ];
  socket.send(`${fields.join('\r\n')}\r\n\r\n`, stage.target.port, stage.target.host);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return Number(answer.toString('latin1').split(' ')[1]);
}

describe('in an early dialog', () => {
  it.runIf(onlyOn('early dialogs'))(
    'a request is to come again and a BYE of the caller cancels; none gets a 481 that ends the call',
    async () => {
      const call = callIn();
      const arrived = await phone.expectInvite();
      arrived.ring();
      const ringing = await call.provisional(180);
      for (const [at, method] of ['INFO', 'UPDATE', 'MESSAGE'].entries())
        expect(await inEarlyDialog(call, ringing, method, at + 2)).toBe(500);
      expect(await inEarlyDialog(call, ringing, 'BYE', 9)).toBe(200);
      expect((await call.final()).status).toBe(487);
      await arrived.waitCancel();
      expect((await stage.call(call.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'cancelled', endedBy: 'caller' });
    },
  );
});

describe('CANCEL', () => {
  it('while ringing reaches the called side, and the record says cancelled', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring();
    await call.provisional(180);
    expect((await call.cancel()).status).toBe(200);
    expect((await call.final()).status).toBe(487);
    await ringing.waitCancel();
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'cancelled', endedBy: 'caller' });
  });

  it('before anything rang leaves no leg behind', async () => {
    const call = callIn();
    const silent = await phone.expectInvite();
    await call.cancel();
    expect((await call.final()).status).toBe(487);
    // The server may send CANCEL only once the target gave a provisional (RFC 3261 §9.1).
    silent.ring();
    await silent.waitCancel();
    await stage.call(call.callId);
  });

  it('crossing the answer ends the call on both sides', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.endOnCancel = false;
    ringing.ring();
    await call.provisional(180);
    const cancelled = call.cancel();
    ringing.answer();
    await cancelled;
    const final = await call.final();
    if (final.status === 200) await call.waitBye().catch(() => call.bye());
    else expect(final.status).toBe(487);
    await ringing.waitBye();
    await stage.call(call.callId);
  });

  it('200 times right behind the INVITE: no ghost leg rings, every record is closed', async () => {
    const late: Leg[] = [];
    phone.onInvite((ringing) => {
      ringing.ring();
      setTimeout(() => {
        if (!ringing.canceled) late.push(ringing.answer());
      }, 400);
    });
    const calls: ReturnType<typeof callIn>[] = [];
    // In waves, because the socket buffers of one machine do not hold 400 datagrams.
    for (let wave = 0; wave < 10; wave += 1) {
      const some = Array.from({ length: 20 }, callIn);
      calls.push(...some);
      await Promise.all(some.map((call) => call.cancel({ early: true, timeoutMs: 10_000 })));
      const finals = await Promise.all(some.map((call) => call.final()));
      expect(finals.map(({ status }) => status).filter((status) => status !== 487)).toEqual([]);
    }
    await until(
      () => `calls left: ${stage.agents.map(({ agent }) => agent.callCount).join()}`,
      () => stage.agents.every(({ agent }) => agent.callCount === 0),
    );
    const events = await stage.events();
    const mine = new Set(calls.map(({ callId }) => callId));
    const admitted = events.filter((event) => event.type === 'admitted' && mine.has(event.origin.sipCallId)).map(({ callId }) => callId);
    await until(
      () => 'records are open',
      async () => {
        const ended = new Set((await stage.events()).filter(({ type }) => type === 'ended').map(({ callId }) => callId));
        return admitted.every((callId) => ended.has(callId));
      },
    );
    await until(
      () => 'dialogs left',
      () => stage.engine.hasNoDialogs(),
    );
    // A leg whose 180 was lost may have been picked up before its CANCEL; then it is ended, by a BYE that no dialog waits for.
    await until(
      () => 'a leg that was picked up late is not ended',
      () => late.every(({ ended }) => ended),
    );
  });
});
