import { expect, it } from 'vitest';
import { REDIRECTS_MAX, redirectTargets } from '../../src/domain/redirect.ts';

const DIALLED = '+4930123456';
const at = (host: string, more = '') => `<sip:${DIALLED}@${host}>${more}`;
const many = Array.from({ length: REDIRECTS_MAX + 2 }, (_, index) => at(`h${index}.example`)).join(', ');

it.each([
  ['one place', 302, at('a.example'), ['sip:+4930123456@a.example']],
  [
    'the best first',
    300,
    `${at('a.example', ';q=0.2')}, ${at('b.example', ';q=0.8')}`,
    ['sip:+4930123456@b.example', 'sip:+4930123456@a.example'],
  ],
  ['one that was tried', 302, `${at('tried.example')}, ${at('b.example')}`, ['sip:+4930123456@b.example']],
  ['the same written twice', 302, `${at('a.example')}, <SIP:${DIALLED}@A.example>`, ['sip:+4930123456@a.example']],
  ['with separators', 302, '<sip:49(30)12.34-56@a.example>', ['sip:49(30)12.34-56@a.example']],
  ['a ported number', 302, `<sip:${DIALLED};npdi;rn=+4930999@a.example>`, [`sip:${DIALLED};npdi;rn=+4930999@a.example`]],
  ['another number', 302, '<sip:+19005550100@a.example>', []],
  ['another number with an escaped plus', 302, '<sip:%2B19005550100@a.example>', []],
  ['another number in escapes', 302, '<sip:%31%39%30%30%35%35%35@a.example>', []],
  ['another number escaped twice', 302, '<sip:%252B19005550100@a.example>', []],
  ['another number with more in it', 302, '<sip:+1900555&1234@a.example>', []],
  ['another number before the dialled one', 302, '<sip:+190055501004930123456@a.example>', []],
  ['another number with the dialled one behind it', 302, `<sip:+19005550100;ext=${DIALLED}@a.example>`, []],
  ['the number within another context', 302, `<sip:${DIALLED};phone-context=+1900@a.example>`, []],
  ['another number in foreign digits', 302, '<sip:%D9%A1%D9%A9@a.example>', []],
  ['escapes that are none', 302, '<sip:desk%zz@a.example>', []],
  ['a name with digits', 302, '<sip:desk2@a.example>', []],
  ['a name', 302, '<sip:desk@a.example>', ['sip:desk@a.example']],
  ['no telephone number by itself', 302, `<tel:${DIALLED}>`, []],
  ['use this proxy', 305, at('a.example'), []],
  ['an alternative service', 380, at('a.example'), []],
  ['no refusal that redirects', 404, at('a.example'), []],
  ['nothing', 302, '', []],
  ['what cannot be read', 302, '<sip:;', []],
  ['header fields in the URI', 302, `<sip:${DIALLED}@a.example?Replaces=x>`, []],
])('a redirect to %s', (_name, status, contact, expected) => {
  expect(redirectTargets({ status, contact }, { dialUser: DIALLED }, new Set([`sip:${DIALLED}@tried.example:`]))).toEqual(expected);
});

it('no redirect names more places than a call may try', () => {
  expect(redirectTargets({ status: 302, contact: many }, { dialUser: DIALLED }, new Set())).toHaveLength(REDIRECTS_MAX);
  expect(redirectTargets({ status: 302, contact: Array(50).fill(at('a.example')).join(',') }, { dialUser: DIALLED }, new Set())).toEqual(
    [],
  );
});

it.each([
  ['with our prefix', '88#', `88#${DIALLED}`, '88%234930123456', false],
  ['just as it was dialled', '88#', `88#${DIALLED}`, `88%23${DIALLED}`, true],
  ['without our prefix', '88#', `88#${DIALLED}`, DIALLED, true],
  ['with the digits of our prefix', '88', `88${DIALLED}`, '884930123456', true],
  ['a short code less what looks like our prefix', '11', '112', '2', false],
  ['where a target of its own was asked for', '', null, DIALLED, false],
])('the number %s', (_name, techPrefix, dialUser, user, isFollowed) => {
  const contact = `<sip:${user}@a.example>`;
  const asked = { dialUser, terms: { techPrefix } };
  expect(redirectTargets({ status: 302, contact }, asked, new Set())).toHaveLength(isFollowed ? 1 : 0);
});
