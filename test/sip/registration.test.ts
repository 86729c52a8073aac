import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { keys } from '../../src/redis/keys.ts';
import { challengesOf, DigestClient } from '../support/sip/digest.ts';
import type { SipMessage } from '../support/sip/message.ts';
import type { LooseRequest, Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let phone: Party;

const AOR = `sip:alice@${DOMAIN}`;
const auth = { username: LOGIN.username, password: PASSWORD };
const ref = recordRef.credential(LOGIN.realm, LOGIN.username);
const registration = { expiresDefaultSeconds: 3600, expiresSecondsMin: 60, expiresSecondsMax: 7200, contactsMax: 3 };

beforeAll(async () => {
  stage = await openStage({ settings: { registration, failedAuthPerMinute: 1000 } });
  phone = await stage.party({ user: 'alice' });
  const carrier = await stage.party({ user: 'carrier' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());
beforeEach(() => stage.plane.redis.del(keys.bindings(ref)));

type Changes = Partial<LooseRequest> & { readonly expires?: number };
const register = (changes: Changes = {}, party = phone): Promise<SipMessage> =>
  party.register(AOR, { target: stage.target, auth, ...changes });
const contacts = (answer: SipMessage): string[] =>
  answer.list('Contact').map((value) => value.replace(/;expires=(3599|3600)/, ';expires=1h'));

/** Sends REGISTERs with one nonce and the count of the test's choice, each exactly once. */
async function loggedIn(): Promise<(nc: number, headers?: LooseRequest['headers']) => Promise<SipMessage>> {
  const [challenge] = challengesOf(await phone.register(AOR, { target: stage.target }));
  if (challenge === undefined) throw new Error('no challenge');
  return (nc, headers = {}) => {
    const Authorization = new DigestClient({ ...auth, reuse: challenge, nc }).first('REGISTER', `sip:${DOMAIN}`)?.value ?? '';
    return phone.register(AOR, { target: stage.target, headers: { ...headers, Authorization } });
  };
}

describe('a REGISTER', () => {
  it('is challenged with 401, taken with the right password, and answered with what is registered, for how long, and the date', async () => {
    const bare = await phone.register(AOR, { target: stage.target });
    expect([bare.status, challengesOf(bare)[0]?.realm]).toEqual([401, DOMAIN]);
    const answer = await register();
    expect([answer.status, contacts(answer)]).toEqual([200, [`<${phone.uri}>;expires=1h`]]);
    expect(Math.abs(Date.parse(answer.header('Date')) - Date.now())).toBeLessThan(5000);
  });

  it('learns nothing with a wrong password or an unknown name', async () => {
    const wrong = await register({ auth: { ...auth, password: 'wrong' } });
    const unknown = await phone.register(`sip:nobody@${DOMAIN}`, { target: stage.target, auth: { username: 'nobody', password: 'x' } });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect([wrong, unknown].map((answer) => challengesOf(answer)[0]?.stale)).toEqual([false, false]);
    expect(await stage.plane.redis.exists(keys.bindings(ref))).toBe(0);
  });

  it('cannot be replayed: the same nonce and count are stale, a higher count is not', async () => {
    const using = await loggedIn();
    expect((await using(1)).status).toBe(200);
    const again = await using(1);
    expect([again.status, challengesOf(again)[0]?.stale]).toEqual([401, true]);
    expect((await using(2)).status).toBe(200);
  });

  it('is for the own address of record alone: 403 for another user, 404 for a foreign domain', async () => {
    const other = await phone.register(`sip:bob@${DOMAIN}`, { target: stage.target, auth });
    const foreign = await phone.request('REGISTER', { uri: `sip:${DOMAIN}`, to: 'sip:alice@example.com', target: stage.target, auth });
    expect([other.status, foreign.status]).toEqual([403, 404]);
  });

  it('may bring several contacts, ask for them, remove one, and all of them by *', async () => {
    const Contact = ['<sip:alice@127.0.0.1:7001>;q=0.5', '<sip:alice@127.0.0.1:7002>;expires=600, "Desk, left" <sip:alice@127.0.0.1:7003>'];
    const all = await register({ headers: { Contact } });
    expect(contacts(all).sort()).toEqual([
      '<sip:alice@127.0.0.1:7001>;expires=1h;q=0.5',
      '<sip:alice@127.0.0.1:7002>;expires=600',
      '<sip:alice@127.0.0.1:7003>;expires=1h',
    ]);
    const fetched = await register({ headers: { Contact: [] } });
    expect(fetched.list('Contact')).toHaveLength(3);
    const less = await register({ headers: { Contact: '<sip:alice@127.0.0.1:7002>;expires=0' } });
    expect(less.list('Contact')).toHaveLength(2);
    expect((await register({ headers: { Contact: '*' } })).status).toBe(400);
    const none = await register({ expires: 0, headers: { Contact: '*', Expires: '0' } });
    expect([none.status, none.list('Contact')]).toEqual([200, []]);
  });

  it('is refused where it is too short, too many, out of order, unreadable, or asks for what we do not know', async () => {
    const short = await register({ headers: { Expires: '5' } });
    expect([short.status, short.header('Min-Expires')]).toEqual([423, '60']);
    for (const port of [7001, 7002, 7003])
      expect((await register({ headers: { Contact: `<sip:alice@127.0.0.1:${port}>` } })).status).toBe(200);
    expect((await register({ headers: { Contact: '<sip:alice@127.0.0.1:7004>' } })).status).toBe(403);
    expect((await register({ headers: { Contact: '<sip:alice@127.0.0.1:7003>' } })).status).toBe(200);
    expect((await register({ headers: { Contact: '<tel:+442071838750>' } })).status).toBe(400);
    const required = await register({ headers: { Require: 'path, gruu' } });
    expect([required.status, required.header('Unsupported')]).toEqual([420, 'gruu']);
  });

  it('of one call is taken in the order of its CSeq', async () => {
    const using = await loggedIn();
    let nc = 0;
    const at = (cseq: number, expires: number): Promise<SipMessage> => {
      nc += 1;
      return using(nc, { 'Call-ID': 'same-call', CSeq: `${cseq} REGISTER`, Expires: String(expires) });
    };
    expect((await at(10, 600)).status).toBe(200);
    expect((await at(10, 0)).status).toBe(500);
    expect((await at(9, 0)).status).toBe(500);
    const refreshed = await at(11, 1200);
    expect([refreshed.status, contacts(refreshed)]).toEqual([200, [`<${phone.uri}>;expires=1200`]]);
    expect((await register({ headers: { Expires: '0' } })).list('Contact')).toEqual([]);
  });

  it('through a proxy keeps the Path, which is told back to a phone that knows it', async () => {
    const Path = `<sip:127.0.0.1:${phone.port};lr>`;
    expect((await register({ headers: { Path } })).list('Path')).toEqual([]);
    expect((await register({ headers: { Path, Supported: 'path' } })).list('Path')).toEqual([Path]);
  });

  it('is forbidden where calls to it would go where nobody may send them (decision C6)', async () => {
    const own = `<sip:${stage.target.host}:${stage.target.port};lr>`;
    expect((await register({ headers: { Path: own } })).status).toBe(403);
  });
});

describe('bindings', () => {
  it('survive the agents that took them', async () => {
    await register();
    const late = await stage.addAgent({ registration });
    for (const one of stage.agents.filter((other) => other !== late)) await one.close();
    const fetched = await register({ headers: { Contact: [] } });
    expect(contacts(fetched)).toEqual([`<${phone.uri}>;expires=1h`]);
  });

  it('of an older password are gone with it, and a disabled login takes none', async () => {
    await register();
    await stage.world.credential({}, 'another password');
    expect((await register()).status).toBe(401);
    const fetched = await register({ auth: { ...auth, password: 'another password' }, headers: { Contact: [] } });
    expect([fetched.status, fetched.list('Contact')]).toEqual([200, []]);
    await stage.world.credential({ enabled: false });
    expect((await register()).status).toBe(401);
    await stage.world.credential();
    expect((await register({ headers: { Contact: [] } })).list('Contact')).toEqual([]);
  });

  it('are kept no longer than they were asked for', async () => {
    await stage.addAgent({ registration: { ...registration, expiresSecondsMin: 1 } });
    for (const one of stage.agents.slice(0, -1)) await one.close();
    const answer = await register({ headers: { Expires: '1' } });
    expect(contacts(answer)).toEqual([`<${phone.uri}>;expires=1`]);
    await until(
      () => 'the binding is still there',
      async () => (await stage.plane.redis.exists(keys.bindings(ref))) === 0,
      2500,
    );
    expect((await register({ headers: { Contact: [] } })).list('Contact')).toEqual([]);
  });

  it('gone with Redis are registered again: while its plane is not complete a phone is told to wait, never that its password is wrong', async () => {
    await register();
    await stage.plane.redis.flushdb();
    const answers = await Promise.all([register(), register()]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    await stage.plane.plane.markPlane(1);
    await stage.world.site(await stage.party(), phone);
    expect(contacts(await register())).toEqual([`<${phone.uri}>;expires=1h`]);
  });
});
