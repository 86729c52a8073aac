import { describe, expect, it } from 'vitest';
import { readReferTo } from '../../src/sip/refer-to.ts';

const hosts = { has: (host: string) => host === 'ours.test' };
const plain = { params: {}, replaces: null };

describe('Refer-To', () => {
  it.each([
    ['<sip:+4420@ours.test>', { uri: 'sip:+4420@ours.test', user: '+4420', isOurs: true }],
    ['sip:+4420@ours.test', { uri: 'sip:+4420@ours.test', user: '+4420', isOurs: true }],
    ['"Reception" <sip:bob@elsewhere.test>', { uri: 'sip:bob@elsewhere.test', user: 'bob', isOurs: false }],
    ['<tel:+44-20>', { uri: 'tel:+44-20', user: 'tel:+44-20', isOurs: true }],
    ['<sip:b@ours.test;method=INVITE>', { uri: 'sip:b@ours.test;method=INVITE', user: 'b', isOurs: true, params: { method: 'INVITE' } }],
    // Header fields that are none of its business change nothing.
    ['<sip:b@ours.test?From=evil&Subject=x>', { uri: 'sip:b@ours.test?From=evil&Subject=x', user: 'b', isOurs: true }],
    [
      '<sip:b@ours.test?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>',
      { user: 'b', isOurs: true, replaces: { callId: 'a@b', toTag: '1', fromTag: '2' } },
    ],
    [
      'sip:b@ours.test?Require=replaces&Replaces=a%3Bfrom-tag%3D2%3Bto-tag%3D1%3Bearly-only',
      { replaces: { callId: 'a', toTag: '1', fromTag: '2' } },
    ],
  ])('%s', (field, read) => {
    expect(readReferTo(field, hosts)).toMatchObject(field.includes('Replaces') ? read : { ...plain, ...read });
  });

  it.each([
    undefined,
    '',
    '<>',
    '<http://a.test>',
    '<sip:a@b.test>, <sip:c@d.test>',
    '<sip:a@ours.test;method=BYE>',
    '<sip:a@ours.test?Replaces=a%3Bto-tag%3D1>',
    '<sip:a@ours.test?Replaces=%zz>',
    `<sip:${'a'.repeat(2000)}@ours.test>`,
  ])('is nothing anybody could be transferred to: %s', (field) => {
    expect(readReferTo(field, hosts)).toBeNull();
  });
});
