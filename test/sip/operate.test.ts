import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeOrders } from '../../src/compose/take-orders.ts';
import { callLadder } from '../../src/domain/call-ladder.ts';
import { readTrace } from '../../src/domain/call-trace.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createAgentInbox, createAgentOrders } from '../../src/redis/agent-inbox.ts';
import { keys } from '../../src/redis/keys.ts';
import { createSipBans } from '../../src/redis/sip-bans.ts';
import { challengesOf, DigestClient } from '../support/sip/digest.ts';
import type { SipMessage } from '../support/sip/message.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

const AOR = `sip:alice@${DOMAIN}`;
const auth = { username: LOGIN.username, password: PASSWORD };
const bans = { failuresMax: 3, windowMs: 60_000, banMs: 60_000 };

let stage: CallStage;
let carrier: Party;
let phone: Party;
beforeAll(async () => {
  stage = await openStage({
    limits: { traceBytesMax: 1_000_000 },
    settings: { bans, failedAuthPerMinute: 6, heartbeatMs: 50, leaseReportMs: 100 },
  });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'alice' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

/** A party at an address of its own, which no trunk group has. */
const stranger = (host: string): Promise<Party> => stage.party({ user: 'alice', host });
const register = (party: Party, password: string): Promise<SipMessage> =>
  party.register(AOR, { target: stage.target, auth: { ...auth, password } });
const agentsBan = (count: number): Promise<void> =>
  until(
    () => `not ${count} bans at both agents: ${stage.agents.map(({ agent }) => agent.bans.size)}`,
    () => stage.agents.every(({ agent }) => agent.bans.size === count),
  );

describe('a source that guesses passwords', () => {
  it('is banned on all agents, dropped by the engine without an answer, and heard again once it is lifted', async () => {
    const guesser = await stranger('127.0.0.2');
    for (let count = 0; count < 3; count += 1) expect((await register(guesser, `guess ${count}`)).status).toBe(401);
    await agentsBan(1);
    expect(stage.agents.reduce((sum, { agent }) => sum + agent.bans.made, 0)).toBe(1);
    if (onlyOn('bans are dropped early')) {
      const { engine } = stage;
      await until(
        () => 'the engine does not know',
        () => engine.counters().bans === 1,
      );
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.2', resolve));
      const heard: Buffer[] = [];
      socket.on('message', (bytes) => heard.push(bytes));
      const via = `Via: SIP/2.0/UDP 127.0.0.2:${socket.address().port};branch=z9hG4bKban`;
      const text = `OPTIONS sip:a SIP/2.0\r\n${via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: ban\r\nCSeq: 1 OPTIONS\r\n\r\n`;
      const before = engine.counters().drops.get('banned') ?? 0;
      socket.send(text, stage.target.port, stage.target.host);
      await until(
        () => 'not dropped',
        () => (engine.counters().drops.get('banned') ?? 0) > before,
      );
      expect(heard).toEqual([]);
      socket.close();
    } else expect((await register(guesser, PASSWORD)).status).toBe(403);
    expect(await createSipBans(stage.plane.redis).lift('127.0.0.2')).toBe(true);
    await agentsBan(0);
    await until(
      () => 'the engine still bans',
      () => !onlyOn('bans are dropped early') || stage.engine.counters().bans === 0,
    );
    expect((await register(guesser, PASSWORD)).status).toBe(200);
  });

  it('is not banned where somebody has logged in, nor where a trunk group is', async () => {
    const office = await stranger('127.0.0.3');
    // Both agents have seen it: they take turns.
    for (let count = 0; count < 4; count += 1) expect((await register(office, PASSWORD)).status).toBe(200);
    for (let count = 0; count < 4; count += 1) await register(office, 'old');
    for (let count = 0; count < 4; count += 1) await register(phone, 'old');
    expect(await createSipBans(stage.plane.redis).list()).toEqual([]);
  });

  it('locks nobody else out by forging addresses: a wrong digest counts against whom its nonce was given to', async () => {
    const forger = await stranger('127.0.0.4');
    const victim = await stranger('127.0.0.5');
    const [challenge] = challengesOf(await forger.register(AOR, { target: stage.target }));
    if (challenge === undefined) throw new Error('no challenge');
    const forged = (nc: number, nonce = challenge.nonce): Promise<SipMessage> => {
      const client = new DigestClient({ ...auth, password: 'wrong', reuse: { ...challenge, nonce }, nc });
      const Authorization = client.first('REGISTER', `sip:${DOMAIN}`)?.value ?? '';
      return victim.register(AOR, { target: stage.target, headers: { Authorization } });
    };
    // Twelve at each agent at most six of which count in a minute, and as many by a nonce of nobody.
    for (let nc = 1; nc <= 14; nc += 1) await forged(nc);
    for (let nc = 1; nc <= 14; nc += 1) expect((await forged(nc, 'made-up')).status).toBe(401);
    expect((await register(victim, PASSWORD)).status).toBe(200);
    expect(await createSipBans(stage.plane.redis).list()).toEqual([]);
    // Its own nonces are the ones that are worth nothing now.
    expect((await register(forger, PASSWORD)).status).toBe(503);
  });

  it('does not stop an agent’s heartbeat and its journal when the list of bans cannot be read', async () => {
    const { redis } = stage.plane;
    await redis.del(keys.sipBans);
    await redis.set(keys.sipBans, 'no list');
    await redis.incr(keys.sipBansVersion);
    const ids = stage.agents.map(({ agent }) => agent.agentId);
    const beats = new Set<string>();
    await until(
      () => `heartbeats: ${beats.size}`,
      async () => {
        beats.add((await redis.hmget(keys.agents, ...ids)).join());
        expect(stage.agents.map(({ agent }) => agent.mode)).toEqual(ids.map(() => 'normal'));
        return beats.size >= 12;
      },
    );
    await redis.del(keys.sipBans);
    await redis.incr(keys.sipBansVersion);
  });

  it('is counted with the phones that are registered', async () => {
    await register(phone, PASSWORD);
    await until(
      () => `registrations: ${stage.agents.map(({ agent }) => agent.registrations)}`,
      () => stage.agents.every(({ agent }) => agent.registrations === 4),
    );
    await phone.register(AOR, { target: stage.target, auth, headers: { Contact: '*', Expires: '0' } });
    await until(
      () => `registrations: ${stage.agents.map(({ agent }) => agent.registrations)}`,
      () => stage.agents.every(({ agent }) => agent.registrations === 0),
    );
  });
});

describe('the messages of a call', () => {
  it.runIf(onlyOn('traces'))('of both legs are had from its agent through its inbox', async () => {
    const call = carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
    const ringing = await phone.expectInvite();
    ringing.ring();
    ringing.answer();
    await call.answered();
    await ringing.waitAck();
    await call.bye();
    await ringing.waitBye();
    const [{ callId, agentId } = { callId: '', agentId: '' }] = await stage.call(call.callId);
    const { agent, plane } = stage.agents.find((one) => one.agent.agentId === agentId)!;
    const { redis } = plane;
    const blocking = redis.duplicate({ enableOfflineQueue: true });
    const loop = takeOrders({ orders: createAgentOrders({ redis, blocking, agentId }), agent, log: silentLogger });
    try {
      const text = await createAgentInbox(stage.plane.redis, 3000).trace(agentId, callId, [call.callId, ringing.request.callId]);
      const trace = readTrace([text ?? ''], call.callId);
      const shown = trace.messages.map(
        ({ leg, direction, text: one }) => `${leg} ${direction} ${one.split('\r\n')[0]?.replace(/ sip:.*| SIP\/2.0$/, '')}`,
      );
      // A slow machine has some of them sent again.
      const lines = [...new Set(shown)];
      expect(lines.length).toBeLessThanOrEqual(trace.messages.length);
      expect(lines.filter((line) => line.startsWith('caller'))).toEqual([
        'caller in INVITE',
        'caller out SIP/2.0 100 Trying',
        'caller out SIP/2.0 180 Ringing',
        'caller out SIP/2.0 200 OK',
        'caller in ACK',
        'caller in BYE',
      ]);
      expect(lines.filter((line) => line.startsWith('callee'))).toEqual([
        'callee out INVITE',
        'callee in SIP/2.0 180 Ringing',
        'callee in SIP/2.0 200 OK',
        'callee out ACK',
        'callee out BYE',
      ]);
      expect(callLadder(trace).split('\n').length).toBe(2 + trace.messages.length + 1);
    } finally {
      await loop.stop();
      blocking.disconnect();
    }
  });
});
