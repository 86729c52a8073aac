import { beforeAll, describe, expect, it } from 'vitest';
import { sippAvailable } from '../support/sipp.ts';
import { complaintsOf } from '../support/sipp-statistics.ts';
import { POLICIES } from './support/failover-by-hand.ts';
import { type FailoverMatrix, recordedAs, runFailoverMatrix, seenAs } from './support/failover-matrix.ts';

if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): the failover matrix is left out');

/** `npm run failover-matrix` prints the same as a table. */
describe.runIf(sippAvailable())('failover by code, position and policy, with sipp as caller and as carrier', () => {
  let matrix: FailoverMatrix;
  beforeAll(async () => {
    matrix = await runFailoverMatrix();
  });

  it('no call goes another way than SIP allows', () => {
    // What its carrier must have seen is compared below; a sipp that got no processor for a while may have been sent things twice.
    const { caller } = matrix;
    expect([caller.failed, complaintsOf(caller)]).toEqual([0, []]);
    expect(matrix.calls.length).toBeGreaterThan(200);
  });

  it.each(POLICIES)('%s: the gateways asked, the answer and the recorded attempts are those of the rules written by hand', (policy) => {
    const calls = matrix.calls.filter((call) => call.policy === policy);
    const name = ({ does, position }: (typeof calls)[number]) => `${does} at ${position}`;
    const seen = calls.map((call) => [name(call), call.answer, call.wire, call.attempts]);
    const wanted = calls.map((call) => {
      const { status, reason } = call.expected;
      return [name(call), { status, reason }, seenAs(call.expected), recordedAs(call.expected)];
    });
    expect(seen).toEqual(wanted);
  });
});
