import { afterEach, describe, expect, it } from 'vitest';
import { challengeValue, provesPassword } from '../support/sip/digest.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import { createParty, type Party } from '../support/sip/party.ts';
import { runSipp, type SippOptions, sippAvailable, startSipp } from '../support/sipp.ts';

const callIdHeader = { 'X-Dialplane-Call-Id': '0190a0c1-0000-7000-8000-000000000001' };
if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): its cases are left out');

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A party that handles its calls like the product would. */
const product = async (handle: (call: IncomingCall) => void): Promise<Party> => {
  // T1 stays 500 ms: on a busy machine sipp takes an early repeat of a 200 for an unexpected message.
  const party = await createParty({ user: 'product' });
  closers.push(async () => {
    expect(party.violations).toEqual([]);
    await party.close();
  });
  party.onInvite(handle);
  return party;
};
const caller = (scenario: string, remote: Party, more: Partial<SippOptions> = {}) =>
  runSipp({ scenario, remote, service: '+442079460000', keys: { caller: '+442079461111' }, timeoutMs: 10_000, pauseMs: 20, ...more });

const answer = (call: IncomingCall): void => {
  call.ring(180, '', callIdHeader);
  call.answer(undefined, callIdHeader);
};
const refuse = (status: number, code: string) => (call: IncomingCall) => call.reject(status, undefined, { 'X-Dialplane-Reason': code });
const guarded =
  (then: (call: IncomingCall) => void) =>
  (call: IncomingCall): void => {
    const challenge = challengeValue({ realm: 'dialplane.local', nonce: 'abc', algorithm: 'MD5' });
    if (provesPassword(call.request, 'secret')) then(call);
    else call.reject(407, undefined, { 'Proxy-Authenticate': challenge });
  };
const auth = { username: 'user', password: 'secret' };

// Without sipp these cases cannot run; `.ci/run` installs it, so there they always do.
describe.runIf(sippAvailable())('sipp as the caller', () => {
  it('has its call answered, and tells what it counted', async () => {
    const result = await caller('uac-call-answered', await product(answer), { calls: 3 });
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, created: 3, successful: 3, failed: 0, retransmissions: 0 });
    expect(result.responses).toMatchObject({ 180: 3, 200: 6 });
  });

  it('fails an answer without our call id', async () => {
    const result = await caller('uac-call-answered', await product((call) => void call.answer()));
    expect(result).toMatchObject({ exitCode: 1, failed: 1 });
  });

  it('is refused with the status and the code it expects', async () => {
    const party = await product(refuse(403, 'number_inbound_disabled'));
    const result = await caller('uac-call-refused', party, { variables: { expected: '403', reason: 'number_inbound_disabled' } });
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it.each([
    ['another status', refuse(404, 'number_unknown'), { expected: '403', reason: 'number_unknown' }],
    ['another code', refuse(403, 'number_unknown'), { expected: '403', reason: 'number_inbound_disabled' }],
    ['a code where a stranger gets none', refuse(404, 'number_unknown'), { expected: '404', reason: '' }],
    ['an answer', answer, { expected: '403', reason: 'number_inbound_disabled' }],
  ])('fails %s', async (_name, handle, variables) => {
    expect(await caller('uac-call-refused', await product(handle), { variables })).toMatchObject({ exitCode: 1, failed: 1 });
  });

  it('is refused without a code when it is a stranger', async () => {
    const party = await product((call) => call.reject(407, undefined, { 'Proxy-Authenticate': 'Digest realm="x", nonce="y"' }));
    const result = await caller('uac-call-refused', party, { variables: { expected: '407', reason: '' } });
    expect(result).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it('proves its password and is connected, or refused, or challenged again', async () => {
    expect(await caller('uac-outbound-digest', await product(guarded(answer)), { auth })).toMatchObject({ exitCode: 0, successful: 1 });
    const variables = { expected: '403', reason: 'caller_not_owned' };
    const refused = await product(guarded(refuse(403, 'caller_not_owned')));
    expect(await caller('uac-outbound-refused', refused, { auth, variables })).toMatchObject({ exitCode: 0, successful: 1 });
    const wrong = { username: 'user', password: 'guess' };
    const again = await caller('uac-outbound-wrong-password', await product(guarded(answer)), { auth: wrong });
    expect(again).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await caller('uac-outbound-wrong-password', await product(guarded(answer)), { auth })).toMatchObject({ exitCode: 1 });
  });

  it('cancels while it rings', async () => {
    const party = await product((call) => call.ring());
    const result = await caller('uac-cancel', party);
    expect(result.errors).toBe('');
    expect(result).toMatchObject({ exitCode: 0, responses: { 180: 1, 200: 1, 487: 1 } });
  });

  it.each(['uac-cancel', 'uac-cancels-at-once'])('%s ends a call by a BYE that was picked up before its CANCEL', async (scenario) => {
    const party = await product((call) => {
      call.trying();
      answer(call);
    });
    const result = await caller(scenario, party);
    expect(result).toMatchObject({ exitCode: 0, successful: 1, errors: '' });
    expect(result.steps.filter(({ message, count }) => message === 'BYE' && count === 1)).toHaveLength(1);
  });

  it('holds a call, takes a BYE and pings, over TCP too', async () => {
    const party = await product(answer);
    expect(await caller('uac-reinvite', party)).toMatchObject({ exitCode: 0, successful: 1, errors: '' });
    expect(await caller('uac-options', party)).toMatchObject({ exitCode: 0, successful: 1 });
    expect(await caller('uac-call-answered', party, { transport: 'tcp' })).toMatchObject({ exitCode: 0, successful: 1 });
    party.onInvite(async (call) => {
      answer(call);
      await call.waitAck();
      await call.bye();
    });
    expect(await caller('uac-call-ended-by-peer', party), party.trace.ladder()).toMatchObject({ exitCode: 0, successful: 1, errors: '' });
  });
});

describe.runIf(sippAvailable())('sipp as the callee', () => {
  const callee = async (scenario: string, more: Partial<SippOptions> = {}) => {
    const sipp = await startSipp({ scenario, calls: 1, timeoutMs: 10_000, pauseMs: 20, ...more });
    closers.push(() => sipp.stop());
    const party = await product(() => undefined);
    return { sipp, call: party.invite({ to: 'gw', target: sipp, headers: { 'Record-Route': `<sip:127.0.0.1:${sipp.port};lr>` } }) };
  };

  it.each([['udp'], ['tcp']] as const)('answers over %s and takes the BYE', async (transport) => {
    const sipp = await startSipp({ scenario: 'uas-answers', calls: 1, timeoutMs: 10_000, pauseMs: 20, transport });
    closers.push(() => sipp.stop());
    const party = await product(() => undefined);
    const call = party.invite({ to: 'gw', target: sipp, transport });
    expect((await call.provisional(180)).status).toBe(180);
    await call.answered();
    expect((await call.bye()).status).toBe(200);
    expect(await sipp.done).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it.each([
    ['uas-busy', 486],
    ['uas-unavailable', 503],
  ])('%s refuses with %i', async (scenario, status) => {
    const { sipp, call } = await callee(scenario);
    expect((await call.final()).status).toBe(status);
    expect(await sipp.done).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it('hangs up', async () => {
    const { sipp, call } = await callee('uas-hangs-up');
    await call.answered();
    await call.waitBye();
    expect(await sipp.done).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it('rings until it is cancelled', async () => {
    const { sipp, call } = await callee('uas-cancelled');
    await call.provisional(180);
    expect((await call.cancel()).status).toBe(200);
    expect((await call.final()).status).toBe(487);
    expect(await sipp.done).toMatchObject({ exitCode: 0, successful: 1 });
  });

  it('runs until it is stopped', async () => {
    const sipp = await startSipp({ scenario: 'uas-answers' });
    const result = await sipp.stop();
    expect(result.failed).toBe(0);
  });
});
