import { expect, it } from 'vitest';
import type { Candidate } from '../../src/domain/call.ts';
import { recordRef } from '../../src/domain/records.ts';
import { silentLogger } from '../../src/kit/log.ts';
import type { Bridge } from '../../src/sip/bridge.ts';
import { createReferHandler, type ReferDeps } from '../../src/sip/handle-refer.ts';
import { isIdentified, type Leg } from '../../src/sip/relay-in-dialog.ts';
import type { ReceivedRequest } from '../../src/sip/sip-stack.ts';

it('a REFER that fails on a fault after a wait is answered 500, and ends nothing else', async () => {
  const broken = () => {
    throw new Error('a fault');
  };
  const run = { log: silentLogger } as ReferDeps['run'];
  const deps = { local: { fill: async () => new Map(), lastKnown: broken }, run } as unknown as ReferDeps;
  const leg = { candidate: { user } as Candidate, refers: 0, call: { decision: { leases: [] } } } as unknown as Leg;
  const answer = await new Promise<number>((resolve) => {
    const request = { header: () => '<sip:x@dialplane.test>', reply: resolve } as unknown as ReceivedRequest;
    createReferHandler(() => deps)(request, leg, leg, {} as Bridge);
  });
  expect([answer, leg.refers]).toEqual([500, 1]);
});

const place = (more: Partial<Candidate>): Candidate => ({
  ...{ trunkGroupId: null, gatewayId: null, endpointId: 'e', uri: 'sip:a@b', dialUser: null, chosen: true, reason: '' },
  ...more,
});
const user = recordRef.credential('dialplane.test', 'alice');

it.each<[string, Candidate | null, true | undefined, boolean]>([
  ['the caller, whom admission knew', null, undefined, true],
  ['a gateway', place({ trunkGroupId: 't', gatewayId: 'g', endpointId: null }), undefined, true],
  ['where a gateway sent the call', place({ trunkGroupId: 't', gatewayId: 'g', endpointId: null }), true, false],
  ['a phone that registered', place({ user }), undefined, true],
  ['a phone of another account', place({ user, of: 'another' }), undefined, false],
  ['an address of an endpoint', place({}), undefined, false],
])('decision C11: whether codes and call ids are told: %s', (_who, candidate, isForeign, told) =>
  expect(isIdentified({ candidate, isForeign })).toBe(told),
);
