import { afterEach, expect, it } from 'vitest';
import { challengeValue, type DigestAlgorithm, digestResponse, provesPassword } from '../support/sip/digest.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import { createParty, type Party } from '../support/sip/party.ts';

const open: Party[] = [];
const party = async (): Promise<Party> => {
  const made = await createParty({ t1Ms: 50, t2Ms: 200 });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});

const challenge = (algorithm: DigestAlgorithm, nonce = 'n1') => ({ realm: 'test.example', nonce, algorithm, qop: 'auth' });

/** Challenges without credentials, refuses a wrong password with 403. */
const guarded =
  (algorithms: readonly DigestAlgorithm[], password: string) =>
  (call: IncomingCall): void => {
    const offers = algorithms.map((algorithm) => challengeValue(challenge(algorithm)));
    if (!call.request.has('Proxy-Authorization')) call.reject(407, undefined, { 'Proxy-Authenticate': offers });
    else if (provesPassword(call.request, password)) call.answer();
    else call.reject(403);
  };

it('computes the examples of RFC 7616 §3.9.1', () => {
  const base = { username: 'Mufasa', password: 'Circle of Life', method: 'GET', uri: '/dir/index.html', nc: '00000001' };
  const input = { ...base, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const response = (algorithm: DigestAlgorithm): string =>
    digestResponse({ ...input, challenge: { realm: 'http-auth@example.org', nonce, algorithm, qop: 'auth' } });
  expect(response('MD5')).toBe('8ca523f5e9506fed4657c9700eebdbec');
  expect(response('SHA-256')).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
});

it.each([['MD5'], ['SHA-256']] as const)('answers a 407 with %s and takes the chosen one of two challenges', async (algorithm) => {
  const [alice, bob] = [await party(), await party()];
  bob.onInvite(guarded(['SHA-256', 'MD5'], 'secret'));
  const call = alice.invite({ to: bob.uri, target: bob, auth: { username: 'a', password: 'secret', algorithm } });
  expect((await call.final()).status).toBe(200);
  expect(call.credentials?.value).toContain(`algorithm=${algorithm}`);
  expect(call.request.cseq).toBe(2);
  await call.bye();
});

it('leaves the 407 final without credentials and sends a wrong password when told to', async () => {
  const [alice, bob] = [await party(), await party()];
  bob.onInvite(guarded(['MD5'], 'secret'));
  expect((await alice.invite({ to: bob.uri, target: bob }).final()).status).toBe(407);
  const wrong = alice.invite({ to: bob.uri, target: bob, auth: { username: 'a', password: 'guess' } });
  expect((await wrong.final()).status).toBe(403);
});

it('reuses a nonce with the count it is told, and answers a stale nonce once', async () => {
  const [alice, bob] = [await party(), await party()];
  const auth = { username: 'a', password: 'secret' };
  bob.onInvite(guarded(['MD5'], 'secret'));
  const first = alice.invite({ to: bob.uri, target: bob, auth });
  await first.answered();
  bob.onInvite((call) => call.reject(407, undefined, { 'Proxy-Authenticate': challengeValue(challenge('MD5', 'n2'), true) }));
  const replay = alice.invite({ to: bob.uri, target: bob, auth: { ...auth, reuse: first.challenge!, nc: 1, triesMax: 0 } });
  expect((await replay.final()).status).toBe(407);
  const sent = alice.trace.messages('sent', 'INVITE').map((invite) => /nonce="(\w+)".*nc=(\d+)/.exec(invite.header('Proxy-Authorization')));
  expect(sent.map((match) => match?.slice(1))).toEqual([undefined, ['n1', '00000001'], ['n1', '00000001'], ['n2', '00000001']]);
  await first.bye();
});

it('registers with 401 and reports the answer', async () => {
  const [alice, bob] = [await party(), await party()];
  bob.onRequest = (request) => {
    if (request.method !== 'REGISTER') return undefined;
    const ok = provesPassword(request, 'secret');
    return ok
      ? { status: 200, headers: { Contact: request.header('Contact') } }
      : { status: 401, headers: { 'WWW-Authenticate': challengeValue(challenge('MD5')) } };
  };
  const aor = `sip:a@127.0.0.1:${bob.port}`;
  const good = await alice.register(aor, { target: bob, auth: { username: 'a', password: 'secret' }, expires: 60 });
  expect([good.status, good.header('Contact')]).toEqual([200, `<sip:party@127.0.0.1:${alice.port}>`]);
  expect((await alice.register(aor, { target: bob, auth: { username: 'a', password: 'x' } })).status).toBe(401);
});
