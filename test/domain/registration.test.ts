import { describe, expect, it } from 'vitest';
import { parseAddressList } from '../../src/domain/address-list.ts';
import { type Binding, ringOrder } from '../../src/domain/binding.ts';
import { contactUriKey, parseContactUri } from '../../src/domain/contact-uri.ts';
import { isRealmOf } from '../../src/domain/realm.ts';
import { type RegisterFacts, readRegister } from '../../src/domain/registration.ts';

const settings = { expiresDefaultSeconds: 3600, expiresSecondsMin: 60, expiresSecondsMax: 7200, contactsMax: 2 };
const NOTHING: RegisterFacts = { contact: undefined, expires: undefined, path: undefined, require: undefined };
const A = '<sip:a@192.0.2.1>';
const B = '<sip:b@192.0.2.1>';

/** What a REGISTER comes to, in one line. */
function read(facts: Partial<RegisterFacts>): string {
  const plan = readRegister({ ...NOTHING, ...facts }, settings);
  if (plan.ask === 'refuse') return [plan.status, ...Object.values(plan.headers)].join(' ');
  if (plan.ask !== 'update') return plan.ask;
  return [...plan.contacts.map(({ uri, expiresSeconds, q }) => `${uri} ${expiresSeconds}${q === 1000 ? '' : ` q${q}`}`), ...plan.path].join(
    ', ',
  );
}

const ROWS: readonly (readonly [string, Partial<RegisterFacts>, string])[] = [
  ['no Contact asks', {}, 'fetch'],
  ['an empty Contact asks', { contact: ' ' }, 'fetch'],
  ['a Contact lasts the default', { contact: A }, 'sip:a@192.0.2.1 3600'],
  ['Expires counts for all', { contact: `${A}, ${B}`, expires: '600' }, 'sip:a@192.0.2.1 600, sip:b@192.0.2.1 600'],
  ['the parameter counts before it', { contact: `${A};expires=700`, expires: '600' }, 'sip:a@192.0.2.1 700'],
  ['too long is cut', { contact: A, expires: '999999999999999999' }, 'sip:a@192.0.2.1 7200'],
  ['unreadable is the default', { contact: `${A};expires=soon`, expires: '-1' }, 'sip:a@192.0.2.1 3600'],
  ['too short is told the least', { contact: A, expires: '59' }, '423 60'],
  ['the least is enough', { contact: A, expires: '60' }, 'sip:a@192.0.2.1 60'],
  ['one too short refuses all', { contact: `${A}, ${B};expires=1` }, '423 60'],
  ['0 removes', { contact: `${A};expires=0` }, 'sip:a@192.0.2.1 0'],
  ['* with Expires 0 clears', { contact: '*', expires: '0' }, 'clear'],
  ['* without is wrong', { contact: '*' }, '400'],
  ['* with another time is wrong', { contact: '*', expires: '60' }, '400'],
  ['* beside a contact is wrong', { contact: `*, ${A}`, expires: '0' }, '400'],
  ['more than fit', { contact: `${A}, ${B}, <sip:c@192.0.2.1>` }, '403'],
  [
    'removing more than fit',
    { contact: `${A}, ${B}, <sip:c@192.0.2.1>`, expires: '0' },
    'sip:a@192.0.2.1 0, sip:b@192.0.2.1 0, sip:c@192.0.2.1 0',
  ],
  ['said twice counts once, the last time', { contact: `${A};q=0.1, <sip:a@192.0.2.1>;q=0.2` }, 'sip:a@192.0.2.1 3600 q200'],
  ['q of three digits', { contact: `${A};q=0.755` }, 'sip:a@192.0.2.1 3600 q755'],
  ['what is no q', { contact: `${A};q=7` }, 'sip:a@192.0.2.1 3600'],
  ['without brackets parameters are the contact’s', { contact: 'sip:a@192.0.2.1;expires=90' }, 'sip:a@192.0.2.1 90'],
  ['with brackets the URI keeps its own', { contact: '<sip:a@192.0.2.1;transport=tcp>;expires=90' }, 'sip:a@192.0.2.1;transport=tcp 90'],
  ['a display name may hold anything', { contact: '"a, <b>; \\" c" <sip:a@192.0.2.1>' }, 'sip:a@192.0.2.1 3600'],
  ['a telephone number is nowhere to call', { contact: '<tel:+442071838750>' }, '400'],
  ['an open bracket', { contact: '<sip:a@192.0.2.1' }, '400'],
  ['an open quote', { contact: '"a <sip:a@192.0.2.1>' }, '400'],
  ['a field that was cut', { contact: `"${'x'.repeat(2100)}" ${A}` }, '400'],
  ['Path in its order', { contact: A, path: '<sip:p1;lr>, <sip:p2;lr>' }, 'sip:a@192.0.2.1 3600, sip:p1;lr, sip:p2;lr'],
  ['an unreadable Path', { contact: A, path: 'p1' }, '400'],
  ['an extension we know', { contact: A, require: 'path' }, 'sip:a@192.0.2.1 3600'],
  ['extensions we do not', { contact: A, require: 'outbound, path, gruu' }, '420 outbound, gruu'],
];

describe('a REGISTER', () => {
  it.each(ROWS)('%s', (_name, facts, expected) => {
    expect(read(facts)).toBe(expected);
  });

  it('of one instance and flow is one contact wherever it is, and of another flow another (RFC 5626 §6)', () => {
    const keyOf = (contact: string): unknown => {
      const plan = readRegister({ ...NOTHING, contact }, settings);
      return plan.ask === 'update' ? plan.contacts[0]?.key : plan;
    };
    const instance = '+sip.instance="<urn:uuid:1>"';
    expect(keyOf(`${A};${instance};reg-id=1`)).toBe(keyOf(`${B};${instance};reg-id=1`));
    expect(keyOf(`${A};${instance};reg-id=1`)).not.toBe(keyOf(`${A};${instance};reg-id=2`));
    expect(keyOf(`${A};${instance}`)).toBe(keyOf(A));
    expect(keyOf('<sip:a@192.0.2.1;TRANSPORT=tcp;ob>')).toBe(keyOf('<sip:a@192.0.2.1;ob;transport=TCP>'));
    expect(keyOf('<sip:a@192.0.2.1>')).not.toBe(keyOf('<sip:A@192.0.2.1>'));
  });

  it('of any text is an answer, quickly', () => {
    for (const piece of ['<', '>', '"', ',', ';', '\\', '<sip:a@b>,', ';expires=', '"\\']) {
      const started = performance.now();
      read({ contact: piece.repeat(600), path: piece.repeat(300), require: piece.repeat(600), expires: piece.repeat(100) });
      expect(performance.now() - started).toBeLessThan(200);
    }
  });
});

describe('addresses', () => {
  it('of a list are read with their parameters, in lower case and without quotes', () => {
    expect(parseAddressList('<sip:a@b>;Q=1;+sip.instance="<x>";flag', 4)).toEqual([
      { uri: 'sip:a@b', params: { q: '1', '+sip.instance': '<x>', flag: '' } },
    ]);
    expect([parseAddressList('<a>,<b>', 1), parseAddressList('<a>,,<b>', 4), parseAddressList('', 4)]).toEqual([null, null, null]);
  });

  it.each([
    ['sip:a@[2001:db8::1]:5061;transport=tcp', { scheme: 'sip', user: 'a', host: '2001:db8::1', port: 5061, params: ['transport=tcp'] }],
    ['SIPS:Phone.Example', { scheme: 'sips', user: '', host: 'phone.example', port: null, params: [] }],
    ['sip:a@b:0x1', null],
    ['http://a', null],
  ])('%s', (text, expected) => expect(parseContactUri(text)).toEqual(expected));

  it('that differ in port are not the same', () => {
    const keys = ['sip:a@b', 'sip:a@b:5060'].map((text) => parseContactUri(text)).map((uri) => (uri === null ? '' : contactUriKey(uri)));
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('of a domain of ours are realms, of all others none', () => {
    const hosts = [
      'sip.example',
      'SIP.example',
      'ma-abcdefgh0123456789.sip.example',
      'x.sip.example',
      'evilsip.example',
      'ma-a.b.sip.example',
    ];
    expect(hosts.map((host) => isRealmOf('sip.example', host))).toEqual([true, true, true, false, false, false]);
  });
});

describe('contacts ring', () => {
  const binding = (id: string, q: number, remainingMs = 1000): Binding => ({
    id,
    contact: `sip:${id}`,
    q,
    remainingMs,
    server: 's',
    source: { ip: '192.0.2.1', port: 1, transport: 'udp' },
    viaSource: false,
    path: [],
    userAgent: '',
  });
  const all = [binding('a', 500), binding('b', 1000), binding('c', 500, 2000), binding('d', 0)];
  const order = (ring: Parameters<typeof ringOrder>[1]): string =>
    ringOrder(all, ring)
      .map((list) => list.map(({ id }) => id).join('+'))
      .join(' ');

  it.each([
    ['q', 'b c+a d'],
    ['parallel', 'b+c+a+d'],
    ['serial', 'b c a d'],
  ] as const)('by %s', (ring, expected) => expect(order(ring)).toBe(expected));

  it('nobody where there are none', () => {
    expect((['q', 'parallel', 'serial'] as const).map((ring) => ringOrder([], ring))).toEqual([[], [], []]);
  });
});
