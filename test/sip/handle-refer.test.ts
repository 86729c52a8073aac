import { expect, it } from 'vitest';
import type { Candidate } from '../../src/domain/call.ts';
import { recordRef } from '../../src/domain/records.ts';
import { silentLogger } from '../../src/kit/log.ts';
import type { Bridge } from '../../src/sip/bridge.ts';
import { createReferHandler, type ReferDeps } from '../../src/sip/handle-refer.ts';
import type { Leg } from '../../src/sip/relay-in-dialog.ts';
import type { ReceivedRequest } from '../../src/sip/sip-stack.ts';

it('a REFER that fails on a fault after a wait is answered 500, and ends nothing else', async () => {
  const broken = () => {
    throw new Error('a fault');
  };
  const run = { log: silentLogger } as ReferDeps['run'];
  const deps = { local: { fill: async () => new Map(), lastKnown: broken }, run } as unknown as ReferDeps;
  const user = recordRef.credential('dialplane.test', 'alice');
  const leg = { candidate: { user } as Candidate, refers: 0, call: { decision: { leases: [] } } } as unknown as Leg;
  const answer = await new Promise<number>((resolve) => {
    const request = { header: () => '<sip:x@dialplane.test>', reply: resolve } as unknown as ReceivedRequest;
    createReferHandler(() => deps)(request, leg, leg, {} as Bridge);
  });
  expect([answer, leg.refers]).toEqual([500, 1]);
});
