import { describe, expect, it } from 'vitest';
import { readFacts } from '../../src/sip/facts.ts';
import { ownHosts } from '../../src/sip/own-hosts.ts';
import type { ReceivedRequest } from '../../src/sip/sip-stack.ts';

const NUMBER = '+442071838750';
const NAMED = `"Ann" <sip:${NUMBER}@pbx.test>`;
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';
const rpid = (params: string) => ({ 'Remote-Party-ID': `"Ann" <sip:${NUMBER}@pbx.test>;party=calling${params}` });

type Fields = Readonly<Record<string, string>>;

function inviteWith(fields: Fields): ReceivedRequest {
  const known = new Map(Object.entries({ To: '<sip:x@y>', ...fields }).map(([name, value]) => [name.toLowerCase(), value]));
  const from = { sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp', receivedOn: undefined } as const;
  const ends = { finished: false, lost: false, reply: () => {}, onCancel: () => {} };
  const header = (name: string) => known.get(name.toLowerCase());
  return { method: 'INVITE', uri: 'sip:x@dialplane.test', callId: 'c', body: '', ...from, ...ends, header };
}

const hosts = ownHosts('dialplane.test', () => false);

function isPrivate(fields: Fields): boolean {
  const facts = readFacts(inviteWith(fields), hosts);
  if ('status' in facts) throw new Error(`not usable: ${facts.status}`);
  return facts.privacyId;
}

describe('a caller is withheld', () => {
  it.each<[string, Fields]>([
    ['by Privacy: id', { From: NAMED, Privacy: 'id' }],
    ['by Privacy: user', { From: NAMED, Privacy: 'user;critical' }],
    ['by Privacy: header', { From: NAMED, Privacy: 'session; Header' }],
    ['by Remote-Party-ID of an anonymous From', { From: ANONYMOUS, ...rpid(';screen=yes;privacy=full') }],
    ['by the uri of a Remote-Party-ID', { From: NAMED, ...rpid(';privacy=uri') }],
    ['by a Remote-Party-ID that says it to the network', { From: NAMED, ...rpid(';privacy=full-network') }],
    ['by one of several privacies of a Remote-Party-ID', { From: NAMED, ...rpid(';privacy="name,full"') }],
    ['by a Remote-Party-ID that cannot be read', { From: NAMED, 'Remote-Party-ID': `<sip:${NUMBER}@x>;privacy="full` }],
    ['by an anonymous From beside a P-Asserted-Identity', { From: ANONYMOUS, 'P-Asserted-Identity': NAMED }],
    ['by an anonymous From beside a P-Preferred-Identity', { From: '<sip:Anonymous@pbx.test>', 'P-Preferred-Identity': NAMED }],
    ['by the host of its From', { From: `<sip:${NUMBER}@anonymous.invalid>` }],
  ])('%s', (_way, fields) => expect(isPrivate(fields)).toBe(true));

  it.each<[string, Fields]>([
    ['no field that says so', { From: NAMED }],
    ['Privacy: none', { From: NAMED, Privacy: 'none' }],
    ['Privacy: session', { From: NAMED, Privacy: 'session' }],
    ['a Remote-Party-ID that is open', { From: NAMED, ...rpid(';privacy=off;screen=no') }],
    ['a Remote-Party-ID that withholds the name alone', { From: NAMED, ...rpid(';privacy=name') }],
    ['nobody named at all', { From: ANONYMOUS }],
  ])('not by %s', (_way, fields) => expect(isPrivate(fields)).toBe(false));
});
