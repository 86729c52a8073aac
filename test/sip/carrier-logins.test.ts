import { expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { CarrierLogins, type CarrierPeer } from '../../src/sip/carrier-logins.ts';
import { parseDigestFields } from '../support/sip/digest.ts';

const peer: CarrierPeer = { gatewayId: 'g', login: { username: 'us', sealedPassword: '' } };
const asks = (nonce: string, more = '') => ({
  status: 407,
  header: (name: string) => (name === 'Proxy-Authenticate' ? `Digest realm="carrier", nonce="${nonce}", qop="auth"${more}` : undefined),
});

const byProxy = (nonce: string) => ({ nonce, proxy: true });

function opened() {
  const logins = new CarrierLogins(() => 'secret', silentLogger);
  const send = (to = peer) => {
    const { headers, answered } = logins.answer(to, 'INVITE', 'sip:carrier');
    return { answered, nc: parseDigestFields(headers['Proxy-Authorization'] ?? '')?.get('nc') };
  };
  return { logins, send };
}

it('calls that get one nonce at the same time are all tried with it, each with a count of its own', () => {
  const { logins, send } = opened();
  const together = [send(), send(), send()];
  expect(together.map(({ answered }) => logins.learn(peer, asks('n1'), answered))).toEqual([true, true, true]);
  expect([send(), send()].map(({ nc }) => nc)).toEqual(['00000001', '00000002']);
  // One that left before all that and hears of the nonce only now.
  expect(logins.learn(peer, asks('n1'), null)).toBe(true);
  expect(send()).toEqual({ answered: byProxy('n1'), nc: '00000003' });
});

it('the nonce that was answered, asked again, is the end of it unless it is only too old', () => {
  const { logins, send } = opened();
  logins.learn(peer, asks('n1'), null);
  const [old, wrong] = [send().answered, send().answered];
  expect(logins.learn(peer, asks('n1'), wrong)).toBe(false);
  expect(logins.learn(peer, asks('n2', ', stale=true'), old)).toBe(true);
  expect(logins.learn(peer, asks('n2'), old)).toBe(true);
  expect(send()).toEqual({ answered: byProxy('n2'), nc: '00000001' });
  expect(logins.learn(peer, asks('n2', ', stale=true'), byProxy('n2'))).toBe(true);
});

it('a nonce that was answered to a registrar is another question when a proxy asks with it', () => {
  const { logins, send } = opened();
  const registrar = { status: 401, header: () => asks('n1').header('Proxy-Authenticate') };
  expect(logins.learn(peer, registrar, null)).toBe(true);
  const [first, second] = [send(), send()];
  expect(first.answered).toEqual({ nonce: 'n1', proxy: false });
  // Both left before either heard of it; the count goes on, for the nonce is the same.
  expect([first, second].map(({ answered }) => logins.learn(peer, asks('n1'), answered))).toEqual([true, true]);
  expect(send()).toEqual({ answered: byProxy('n1'), nc: '00000003' });
  expect(logins.learn(peer, asks('n1'), byProxy('n1'))).toBe(false);
});

it('a realm that is not meant any more gets no answer', () => {
  const { logins, send } = opened();
  logins.learn(peer, asks('n1'), null);
  expect(send({ ...peer, login: { ...peer.login, realm: 'elsewhere' } }).answered).toBeNull();
  expect(send({ ...peer, login: { ...peer.login, realm: 'CARRIER' } }).answered).toEqual(byProxy('n1'));
});

it('a password that cannot be unsealed is no fault of the call: it goes without an answer', () => {
  const lines: string[] = [];
  const log = { ...silentLogger, error: (text: string) => void lines.push(text) };
  const logins = new CarrierLogins(() => {
    throw new Error('sealed with another key');
  }, log);
  logins.learn(peer, asks('n1'), null);
  expect(logins.answer(peer, 'INVITE', 'sip:carrier')).toEqual({ headers: {}, answered: null });
  expect(lines).toEqual(['the password for a gateway cannot be unsealed']);
});
