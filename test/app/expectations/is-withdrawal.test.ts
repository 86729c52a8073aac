import { expect, it } from 'vitest';
import { isWithdrawal } from '../../../src/app/expectations/is-withdrawal.ts';
import type { CredentialRecord, EndpointRecord, NumberRecord, SourceRecord, TrunkGroupRecord } from '../../../src/domain/records.ts';

const number: NumberRecord = {
  kind: 'number',
  id: 'n',
  e164: '+442071838750',
  mode: 'live',
  ownerAccountId: 'a',
  subAccountId: null,
  lifecycle: 'active',
  suspendedBy: [],
  allowInbound: true,
  allowOutbound: true,
  endpointId: 'e',
  trunkGroupId: null,
};
const login: CredentialRecord = {
  kind: 'credential',
  id: 'c',
  username: 'u',
  realm: 'r',
  accountId: 'a',
  subAccountId: null,
  mode: 'live',
  e164: null,
  enabled: true,
  sealedHa1: 's',
  digest: null,
};
const gateway = { id: 'g', uri: 'sip:192.0.2.1', priority: 1, weight: 1, enabled: true };
const group: TrunkGroupRecord = {
  kind: 'trunk_group',
  id: 't',
  name: 't',
  groupKind: 'customer',
  accountId: 'a',
  mode: 'live',
  enabled: true,
  numberFormat: null,
  country: null,
  gateways: [gateway, { ...gateway, id: 'h' }],
};
const source: SourceRecord = { kind: 'source', trunkGroupId: 't', groupKind: 'customer', accountId: 'a', mode: 'live', acl: ['x', 'y'] };
const endpoint: EndpointRecord = { kind: 'endpoint', id: 'e', accountId: 'a', status: 'active', targets: [] };
const behind: EndpointRecord = { ...endpoint, fallback: { on: ['busy'], endpointId: 'f' } };
const routed = (endpointId: string | null): EndpointRecord => ({
  ...endpoint,
  route: { kind: 'schedule', timeZone: 'UTC', rules: [{ windows: [], endpointId }], otherwise: 'o' },
});
const off = { ...number, allowInbound: false, lifecycle: 'suspended', suspendedBy: ['tenant'] } as const;

it.each<[string, Parameters<typeof isWithdrawal>[0], Parameters<typeof isWithdrawal>[1], boolean]>([
  ['a number given back', number, null, true],
  ['a fallback that is gone', behind, endpoint, true],
  ['a fallback that is new', endpoint, behind, false],
  ['a route that is gone', routed('f'), endpoint, true],
  ['a rule that names nobody any more', routed('f'), routed(null), true],
  ['a rule that names somebody else', routed('f'), routed('g'), false],
  ['a rule that names somebody again', routed(null), routed('f'), false],
  ['a number on its way back', number, { ...number, lifecycle: 'releasing' }, true],
  ['a number switched off and suspended', number, off, true],
  ['a number that points nowhere', number, { ...number, endpointId: null }, true],
  ['a number switched on', off, number, false],
  ['a number put elsewhere while it is switched off', number, { ...off, endpointId: 'f' }, false],
  ['a number of somebody else', number, { ...number, subAccountId: 's' }, false],
  ['a login that is gone', login, null, true],
  ['a login switched off, with another password', login, { ...login, enabled: false, sealedHa1: 'z' }, true],
  ['a login that ends', login, { ...login, expiresAt: 5 }, true],
  ['a login that ends later', { ...login, expiresAt: 5 }, { ...login, expiresAt: 6 }, false],
  ['a login for one number only', login, { ...login, e164: '+1' }, false],
  ['a new login', null, login, false],
  ['a group switched off', group, { ...group, enabled: false }, true],
  ['a group with a gateway less', group, { ...group, gateways: [gateway] }, true],
  ['a group with a gateway switched off', group, { ...group, gateways: [{ ...gateway, enabled: false }, group.gateways[1]!] }, true],
  ['a group with another gateway', group, { ...group, gateways: [{ ...gateway, uri: 'sip:192.0.2.2' }] }, false],
  ['an address less', source, { ...source, acl: ['y'] }, true],
  ['another address', source, { ...source, acl: ['z'] }, false],
  ['an endpoint switched off', endpoint, { ...endpoint, status: 'inactive' }, true],
  ['an endpoint with other targets', endpoint, { ...endpoint, status: 'inactive', targets: [gateway] }, false],
  ['a route set that is gone', { kind: 'route_set', id: 'a', routes: [] }, null, false],
])('%s', (_, before, after, expected) => {
  expect(isWithdrawal(before, after)).toBe(expected);
});
