import { expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { CarrierLogins } from '../../src/sip/carrier-logins.ts';
import { type Ringing, ringTogether } from '../../src/sip/ring-user.ts';
import type { InviteListener, SipServer } from '../../src/sip/sip-stack.ts';
import type { Leg, LegCall, TryLegDeps } from '../../src/sip/try-leg.ts';

const URI = 'sip:a@192.0.2.1';

/** A call whose record fails for the legs it is told to. */
const callOf = (failing: readonly number[]): LegCall =>
  ({
    invite: { header: () => undefined, body: '' },
    decision: { parties: { direction: 'inbound' }, presentation: { caller: '', privacyId: false } },
    record: {
      callId: 'c',
      attempt() {},
      attemptEnded(n: number) {
        if (failing.includes(n)) throw new Error('the record is full');
      },
    },
    leases: { held: [] },
    hops: [],
    maxForwards: 70,
  }) as never;

const deps: TryLegDeps = {
  guard: { refusalOf: async () => null } as never,
  timers: { firstResponseMs: 60_000, ringMs: 60_000 },
  sessionSeconds: 0,
  metrics: { attempt() {} } as never,
  logins: new CarrierLogins(() => '', silentLogger),
  health: { trying() {}, noted() {} },
  withheld: () => new Set(),
  log: silentLogger,
};

const ringing = (): Ringing => {
  let n = 0;
  return { nextN: () => ++n, tries: { used: 0, max: 10 }, signal: new AbortController().signal, provisional() {}, isLast: true };
};

/** A phone that is told what to say, and what became of what it said. */
function phone(hop: Leg['hop'] = async () => ({ ip: '192.0.2.1', port: 5060, transport: 'udp' })) {
  let sent: (listener: InviteListener) => void = () => {};
  const invited = new Promise<InviteListener>((resolve) => {
    sent = resolve;
  });
  const seen: string[] = [];
  const server = {
    originate(_invite: unknown, listener: InviteListener) {
      sent(listener);
      return { abandon: () => seen.push('abandoned') };
    },
  } as never as SipServer;
  const leg: Leg = { candidate: {} as never, uri: URI, server, hop, onlyByFlow: false, path: [] };
  const answer = async (): Promise<void> => {
    const dialog = { bye: async () => seen.push('bye') };
    (await invited).answered({ status: 200, reason: 'OK', body: '', header: () => undefined }, dialog as never, () => seen.push('ack'));
  };
  const fail = async (): Promise<void> => (await invited).failed({ status: 486, reason: '', body: '', header: () => undefined }, '486');
  return { leg, seen, answer, fail };
}

it('who answers has the call at once, also while another leg still looks for an address', async () => {
  const [first, slow] = [phone(), phone(() => new Promise(() => {}))];
  const rung = ringTogether(callOf([]), [first.leg, slow.leg], ringing(), deps);
  await first.answer();
  expect((await rung).n).toBe(1);
  expect(first.seen).toEqual([]);
});

it('a leg that fails beside the one that answered leaves it its call', async () => {
  const [first, second] = [phone(), phone()];
  const rung = ringTogether(callOf([2]), [first.leg, second.leg], ringing(), deps);
  await first.answer();
  expect((await rung).n).toBe(1);
  expect([first.seen, second.seen]).toEqual([[], ['abandoned']]);
});

it('after a leg failed nobody is left in a call with nobody', async () => {
  const [first, second] = [phone(), phone()];
  const rung = ringTogether(callOf([2]), [first.leg, second.leg], ringing(), deps);
  const fault = expect(rung).rejects.toThrow('the record is full');
  await second.fail();
  await first.answer();
  await fault;
  // Its answer was either taken and ended, or came after it was given up, which its server ends.
  expect([['ack', 'bye'], ['abandoned']]).toContainEqual(first.seen);
});
