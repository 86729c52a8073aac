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
  ['with a prefix of the carrier', 302, '<sip:88#4930123456@a.example>', ['sip:88#4930123456@a.example']],
  ['another number', 302, '<sip:+19005550100@a.example>', []],
  ['a name', 302, '<sip:desk@a.example>', ['sip:desk@a.example']],
  ['no telephone number by itself', 302, `<tel:${DIALLED}>`, []],
  ['use this proxy', 305, at('a.example'), []],
  ['an alternative service', 380, at('a.example'), []],
  ['no refusal that redirects', 404, at('a.example'), []],
  ['nothing', 302, '', []],
  ['what cannot be read', 302, '<sip:;', []],
  ['header fields in the URI', 302, `<sip:${DIALLED}@a.example?Replaces=x>`, []],
])('a redirect to %s', (_name, status, contact, expected) => {
  expect(redirectTargets({ status, contact }, DIALLED, new Set([`sip:${DIALLED}@tried.example:`]))).toEqual(expected);
});

it('no redirect names more places than a call may try', () => {
  expect(redirectTargets({ status: 302, contact: many }, DIALLED, new Set())).toHaveLength(REDIRECTS_MAX);
  expect(redirectTargets({ status: 302, contact: Array(50).fill(at('a.example')).join(',') }, DIALLED, new Set())).toEqual([]);
});
