import { expect, it } from 'vitest';
import type { SipBanStore } from '../../src/app/ports/sip-bans.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { BanGuard } from '../../src/sip/ban-guard.ts';
import type { SipServer } from '../../src/sip/sip-stack.ts';

const RULE = { failuresMax: 1, windowMs: 60_000, banMs: 60_000 };
const HOUR = 3_600_000;

/** What agents share, as Redis keeps it. */
function plane() {
  const trusted = new Map<string, number>();
  const banned = new Set<string>();
  const shared = { version: '1', isAway: false, trusts: 0, banned };
  const store: SipBanStore = {
    async trust(address, ms) {
      shared.trusts += 1;
      if (shared.isAway) throw new Error('away');
      trusted.set(address, ms);
    },
    async fail(address) {
      if (trusted.has(address)) return 'counted';
      banned.add(address);
      shared.version = `${shared.version}1`;
      return 'banned';
    },
    version: async () => shared.version,
    list: async () => [...banned].map((address) => ({ address, bannedAt: 0, expiresAt: 1, remainingMs: 60_000, failures: 1 })),
    lift: async (address) => banned.delete(address),
  };
  return { store, shared };
}

/** A server that confirms when the test lets it. */
function listening() {
  const heard: string[] = [];
  const waiting: ((told: boolean) => void)[] = [];
  const ban: SipServer['ban'] = (bans) => {
    heard.push(bans.map(({ address }) => address).join());
    return new Promise((resolve) => waiting.push(resolve));
  };
  const settle = async (told: boolean) => {
    waiting.shift()?.(told);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { heard, settle, waiting, server: { ban } as never as SipServer };
}

function agent(store: SipBanStore, servers: readonly SipServer[] = []) {
  const clock = { ms: 0 };
  const guards = { isExempt: () => false, exemptions: () => null, nowMs: () => clock.ms, log: silentLogger };
  return { clock, guard: new BanGuard({ store, rule: RULE, servers: () => servers, ...guards }) };
}

it('an agent that has just begun bans nobody where another one saw a login', async () => {
  const { store, shared } = plane();
  agent(store).guard.passed('192.0.2.1');
  await agent(store).guard.failed('192.0.2.1');
  expect(shared.banned.size).toBe(0);
  await agent(store).guard.failed('192.0.2.2');
  expect([...shared.banned]).toEqual(['192.0.2.2']);
});

it('the others are told of a login now and then, and again when they could not be', async () => {
  const { store, shared } = plane();
  const { guard, clock } = agent(store);
  shared.isAway = true;
  guard.passed('192.0.2.1');
  await Promise.resolve();
  await Promise.resolve();
  shared.isAway = false;
  for (clock.ms = 1; clock.ms < HOUR; clock.ms += 60_000) guard.passed('192.0.2.1');
  expect(shared.trusts).toBe(1 + 6);
});

it('a server is told nothing before the bans are known, so that what others told it stays', async () => {
  const { store, shared } = plane();
  shared.banned.add('192.0.2.1');
  const { heard, server } = listening();
  const { guard } = agent(store, [server]);
  guard.tell(server);
  expect(heard).toEqual([]);
  await guard.look();
  expect(heard).toEqual(['192.0.2.1']);
});

it('a server that did not confirm is told again at the next look, and one that is being told not in between', async () => {
  const { store, shared } = plane();
  const { heard, server, settle } = listening();
  const { guard } = agent(store, [server]);
  shared.banned.add('192.0.2.1');
  await guard.look();
  shared.banned.clear();
  shared.version = 'lifted';
  await guard.look();
  await guard.look();
  expect(heard).toEqual(['192.0.2.1']);
  await settle(true);
  expect(heard).toEqual(['192.0.2.1', '']);
  await settle(false);
  expect(heard).toHaveLength(2);
  await guard.look();
  expect(heard).toEqual(['192.0.2.1', '', '']);
  await settle(true);
  await guard.look();
  expect(heard).toHaveLength(3);
});
