import { describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { isNotModified, readIfMatch } from '../../src/http/preconditions.ts';
import { propagationHeaders, readWait } from '../../src/http/propagation-headers.ts';
import { readQuery } from '../../src/http/read-query.ts';

describe('query', () => {
  it.each([
    ['/x', {}],
    ['/x?', {}],
    ['/x?a=1&b=%20+', { a: '1', b: '  ' }],
    ['/x?a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['/x?a[b]=1&c[]=2', { 'a[b]': '1', 'c[]': '2' }],
    ['/x?__proto__=1&constructor=2', JSON.parse('{"__proto__":"1","constructor":"2"}')],
    ['/x?_=9&utm_source=x&a', { a: '' }],
  ])('%s', (url, expected) => {
    const query = readQuery(url);
    expect(query.ok && Object.entries(query.value)).toEqual(Object.entries(expected));
  });

  it('keeps a list of 500 a list', () => {
    const query = readQuery(`/x?${'a=1&'.repeat(500)}`);
    expect(query.ok && query.value.a).toHaveLength(500);
  });
});

describe('wait', () => {
  it.each([
    ['wait=0', 'committed'],
    ['wait=5', 'applied'],
    ['respond-async, wait=0; foo', 'committed'],
    ['WAIT = "0"', 'committed'],
    ['wait=soon', 'applied'],
    ['waiting=0', 'applied'],
    ['', 'applied'],
  ])('Prefer: %s means %s', (prefer, expected) => {
    expect(readWait('prefer', {}, { prefer })).toEqual({ ok: true, value: expected });
  });

  it('is a query parameter only where the face allows it', () => {
    const query = { wait: 'committed', a: '1' };
    expect(readWait('query', query, {})).toEqual({ ok: true, value: 'committed' });
    expect(query).toEqual({ a: '1' });
    const left = { wait: 'committed' };
    expect(readWait('prefer', left, {})).toEqual({ ok: true, value: 'applied' });
    expect(left).toEqual({ wait: 'committed' });
    for (const wait of ['x', ['committed', 'applied']]) expect(readWait('query', { wait }, {}).ok).toBe(false);
  });

  it('is answered with the record and how far it got', () => {
    const record = { record: recordRef.endpoint('e1'), version: 7 };
    expect(propagationHeaders('pending', record)).toEqual({ 'Dialplane-Version': 'endpoint:e1:7', 'Dialplane-Propagation': 'pending' });
    expect(propagationHeaders('applied', null)).toEqual({ 'Dialplane-Propagation': 'applied' });
  });
});

describe('preconditions', () => {
  it.each([
    [undefined, null],
    ['*', null],
    ['"7"', 7],
    [' "7" ', 7],
    ['W/"7"', -1],
    ['7', -1],
    ['"99999999999999999999"', -1],
  ])('If-Match %s asks for %s', (value, expected) => {
    expect(readIfMatch({ 'if-match': value })).toEqual({ ok: true, value: expected });
  });

  it.each([
    [undefined, false],
    ['"7"', true],
    ['"6", W/"7"', true],
    ['*', true],
    ['"6"', false],
    ['7', false],
  ])('If-None-Match %s at version 7: %s', (value, expected) => {
    expect(isNotModified({ 'if-none-match': value }, 7)).toBe(expected);
  });
});
