import { expect, it } from 'vitest';
import { forbiddenPlace } from '../../src/domain/forbidden-place.ts';
import { parsePrefix } from '../../src/domain/ip-address.ts';

const OPENED = parsePrefix('10.1.0.0/16');
const RULES = {
  ownAddresses: [
    { ip: '203.0.113.1', port: null },
    { ip: '203.0.113.2', port: 5070 },
  ],
  allowedNetworks: OPENED === null ? [] : [OPENED],
  loopbackAllowed: false,
};

it.each([
  ['sip:pbx@203.0.113.7:5060', null],
  ['sip:pbx.example', null],
  ['sip:10.example:5060', null],
  ['sip:pbx@10.0.0.1', 'private'],
  ['sip:10.1.2.3;transport=tcp', null],
  ['sip:a:b@127.0.0.1:5080;transport=tls', 'loopback'],
  ['sip:[::1]', 'loopback'],
  ['sips:x@[fe80::1]:5061', 'link_local'],
  ['sip:x@[64:ff9b::a00:1]', 'private'],
  ['sip:x@203.0.113.1', 'own_address'],
  ['sip:x@203.0.113.2', null],
  ['sip:x@203.0.113.2:5070', 'own_address'],
  ['sip:x@224.0.0.1', 'multicast'],
  ['sip:x@192.0.2.256', 'unreadable_address'],
])('%s: %s', (uri, expected) => {
  expect(forbiddenPlace(uri, RULES)).toBe(expected);
});
