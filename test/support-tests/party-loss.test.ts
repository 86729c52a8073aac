import { afterEach, expect, it } from 'vitest';
import { openLossyRelay, seededRandom } from '../support/sip/lossy-relay.ts';
import { createParty, type PartyOptions } from '../support/sip/party.ts';

const closers: (() => Promise<void>)[] = [];
const opened = <T extends { close(): Promise<void> }>(made: T): T => {
  closers.unshift(() => made.close());
  return made;
};
const party = async (options: PartyOptions = {}) => opened(await createParty({ t1Ms: 20, t2Ms: 80, ...options }));
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

it('repeats its INVITE over UDP until a provisional and its 200 until the ACK, and absorbs repeats', async () => {
  const [alice, bob] = [await party(), await party()];
  const call = alice.invite({ to: bob.uri, target: bob, autoAck: false });
  const incoming = await bob.expectInvite();
  await expect.poll(() => bob.trace.messages('received', 'INVITE').length).toBeGreaterThan(2);
  expect(bob.unexpectedInvites).toEqual([]);
  incoming.answer();
  await call.final();
  await expect.poll(() => alice.trace.messages('received').length).toBeGreaterThan(2);
  await call.ack();
  await incoming.waitAck();
  await call.bye();
});

it('reports a peer that never answers, after 64 T1', async () => {
  const [alice, bob] = [await party({ t1Ms: 5 }), await party()];
  const call = alice.invite({ to: bob.uri, target: bob });
  await bob.expectInvite();
  await expect(call.final()).rejects.toThrow(/no final response to INVITE/);
});

it('completes every call through a relay that loses, doubles and reorders datagrams', async () => {
  const seed = Date.now() % 1_000_000;
  const bob = await party({ user: 'bob' });
  const rates = { loss: 0.1, duplicate: 0.2, reorder: 0.2, reorderDelayMs: 15 };
  const relay = opened(await openLossyRelay({ target: bob, seed, ...rates }));
  const alice = await party({ user: 'alice', outbound: relay.front, advertise: relay.back });
  relay.attach(alice.bound);
  bob.onInvite((incoming) => {
    incoming.ring();
    incoming.answer();
  });
  const one = async (): Promise<number> => {
    const call = alice.invite({ to: bob.uri, target: bob });
    await call.answered();
    return (await call.bye()).status;
  };
  const statuses = await Promise.all(Array.from({ length: 20 }, one));
  expect(statuses, `seed ${seed}`).toEqual(Array.from({ length: 20 }, () => 200));
  expect(Math.min(relay.counts.lost, relay.counts.duplicated, relay.counts.reordered), `seed ${seed}`).toBeGreaterThan(0);
});

it('draws the same numbers from the same seed', () => {
  const [a, b] = [seededRandom(7), seededRandom(7)];
  const drawn = Array.from({ length: 1000 }, a);
  expect(drawn).toEqual(Array.from({ length: 1000 }, b));
  expect(drawn.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
});
