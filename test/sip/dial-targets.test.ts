import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/domain/call.ts';
import type { FailoverRules } from '../../src/domain/failover-rules.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { CarrierLogins } from '../../src/sip/carrier-logins.ts';
import { type DialDeps, type DialledCall, dialTargets } from '../../src/sip/dial-targets.ts';
import type { InviteListener, OutgoingInvite, ReceivedReply, SipServer } from '../../src/sip/sip-stack.ts';
import type { NextHop } from '../../src/sip/targets.ts';

const hops: readonly NextHop[] = [1, 2, 3, 4].map((last) => ({ ip: `192.0.2.${last}`, port: 5060, transport: 'udp' }));
const target = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ trunkGroupId: null, gatewayId: null, endpointId: 'e', dialUser: null, chosen: true, reason: '' },
  uri: `sip:${name}@${name}.test`,
  ...more,
});
const reply = (status: number, contact = ''): ReceivedReply => ({
  ...{ status, reason: '', body: '' },
  header: (name) => (name === 'Contact' ? contact : undefined),
});

/** Dials these targets, where `answer` says what each INVITE is answered with; what was sent, how each ended, and the last word. */
async function dialled(
  candidates: readonly Candidate[],
  answer: (invite: OutgoingInvite, listener: InviteListener) => void,
  more: { readonly direction?: string; readonly rules?: FailoverRules; readonly ringMs?: number; readonly ringCapMs?: number } = {},
) {
  const [sent, ends]: [string[], string[]] = [[], []];
  const originate: SipServer['originate'] = (invite, listener) => {
    sent.push(`${invite.uri} ${invite.nextHop}`);
    queueMicrotask(() => answer(invite, listener));
    return { abandon: () => {} };
  };
  const record = { callId: 'c', attempt() {}, attemptEnded: (_n: number, { outcome }: { outcome: string }) => void ends.push(outcome) };
  const { direction = 'inbound', rules = {}, ringMs = 60_000, ringCapMs = 60_000 } = more;
  const call = {
    invite: { header: () => undefined, body: '', lost: false, server: { originate } },
    decision: { parties: { direction, called: '+442071838750' }, presentation: { caller: '', privacyId: false }, candidates },
    leases: { held: [], moveTo: async () => 'taken' },
    ...{ record, hops: [], maxForwards: 70, contacts: new Map(), isReliable: false, provisional() {} },
    signal: new AbortController().signal,
  } as unknown as DialledCall;
  const deps = {
    ...{ guard: { refusalOf: async () => null }, sessionSeconds: 0, metrics: { attempt() {} }, health: { trying() {}, noted() {} } },
    ...{ logins: new CarrierLogins(() => '', silentLogger), log: silentLogger, servers: () => [] },
    resolver: { resolveAll: async () => hops, resolve: async () => hops[0], failed() {}, answered() {} },
    ...{ withheld: () => new Set<string>(), failover: rules, timers: { firstResponseMs: ringMs, ringMs }, ringCapMs },
  } as unknown as DialDeps;
  const result = await dialTargets(call, deps);
  return { sent, ends, final: result.answer === null ? result.final : null };
}

describe('the attempts of a call are no more than its rules say', () => {
  const unavailable = (_invite: OutgoingInvite, listener: InviteListener): void => listener.failed(reply(503), 'refused');

  it('whether it is targets or addresses of one name that are tried', async () => {
    const { sent } = await dialled(
      ['a', 'b', 'c'].map((name) => target(name)),
      unavailable,
      { rules: { attemptsMax: 6 } },
    );
    expect(sent.map((one) => one.split(' ')[0])).toEqual([...Array(4).fill('sip:a@a.test'), ...Array(2).fill('sip:b@b.test')]);
    const { sent: all } = await dialled(
      Array.from({ length: 10 }, (_, at) => target(`t${at}`)),
      unavailable,
    );
    expect(all).toHaveLength(10);
  });

  it('or places that a target names', async () => {
    const redirect = (invite: OutgoingInvite, listener: InviteListener): void => {
      const places = invite.uri.includes('a.test') ? '<sip:x@one.test>, <sip:x@two.test>, <sip:x@three.test>' : '';
      listener.failed(places === '' ? reply(503) : reply(302, places), 'refused');
    };
    const rules: FailoverRules = { attemptsMax: 6, redirect: 'follow' };
    const { sent } = await dialled([target('a'), target('b')], redirect, { rules });
    expect(sent.map((one) => one.split(' ')[0])).toEqual(['sip:a@a.test', ...Array(4).fill('sip:x@one.test'), 'sip:x@two.test']);
  });
});

describe('a call rings', () => {
  const rings = (_invite: OutgoingInvite, listener: InviteListener): void => listener.provisional(reply(180));
  const desks = ['a', 'b', 'c', 'd'].map((name) => target(name));

  it.each(['inbound', 'internal'])('for so long over all its targets: %s', async (direction) => {
    const { ends, final } = await dialled(desks, rings, { direction, ringMs: 40, ringCapMs: 60 });
    expect([ends, final]).toEqual([['ring_timeout', 'cancelled'], { sipStatus: 480, code: 'ring_timeout' }]);
  });

  it('out as long as its targets may', async () => {
    const { ends } = await dialled(desks, rings, { direction: 'outbound', ringMs: 10, ringCapMs: 15, rules: { ringTimeout: 'next' } });
    expect(ends).toEqual(Array(4).fill('ring_timeout'));
  });
});
