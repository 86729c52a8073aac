import { expect, it } from 'vitest';
import type { CallParties } from '../../src/domain/call.ts';
import type { AttemptOutcome } from '../../src/domain/call-event.ts';
import { healthOf, isGoodPing, maybeOfCall, originOf } from '../../src/domain/gateway-health.ts';

it.each([
  [undefined, { good: [200, 202, 301, 401, 403, 404, 405, 480, 481, 486, 500, 501, 603], bad: [408, 503, null] }],
  [[405], { good: [200, 299, 405], bad: [300, 403, 404, 408, 500, 503, null] }],
  [[], { good: [200], bad: [404, 405, 503, null] }],
  [[503], { good: [200, 503], bad: [405, 408, null] }],
] as const)('a gateway is well by its answers to OPTIONS where its rules list %j', (pingStatuses, { good, bad }) => {
  const rules = pingStatuses === undefined ? {} : { pingStatuses };
  expect(good.filter((status) => !isGoodPing(status, rules))).toEqual([]);
  expect(bad.filter((status) => isGoodPing(status, rules))).toEqual([]);
});

it.each<[AttemptOutcome, number | null, string, 'good' | 'bad' | null, 'call' | 'gateway']>([
  ['no_response', null, 'no_response', 'bad', 'gateway'],
  ['unreachable', null, 'no address', 'bad', 'gateway'],
  ['unreachable', null, 'target_forbidden', null, 'gateway'],
  ['failed', 503, 'refused', 'bad', 'call'],
  ['failed', 500, 'refused', 'good', 'call'],
  ['failed', 486, 'refused', 'good', 'call'],
  ['ring_timeout', null, 'ring_timeout', 'good', 'gateway'],
  ['answered', 200, 'answered', 'good', 'gateway'],
  ['cancelled', null, 'cancelled', null, 'gateway'],
])('an attempt that ended %s %s (%s) is %s for a gateway, and the doing of the %s', (outcome, sipStatus, why, found, whose) => {
  const call = { called: 'sip:1@gw', origin: 'acme' };
  expect(healthOf({ outcome, sipStatus }, why, {})).toBe(found);
  expect(maybeOfCall({ outcome, sipStatus }, call)).toBe(whose === 'call' ? call : null);
});

it.each<[string, CallParties['direction'], string | null, string]>([
  ['a call out is of its account', 'outbound', null, 'acme'],
  ['a call on-net too, whoever is called', 'internal', null, 'acme'],
  ['a call that came in is of its caller', 'inbound', null, '+33612345678'],
  ['what a number passed on is of its holder', 'inbound', 'globex', 'globex'],
  ['also of a call on-net', 'internal', 'globex', 'globex'],
])('%s', (_name, direction, leaver, expected) => {
  const parties = { direction, accountId: 'acme', caller: '+33612345678' } as CallParties;
  const leaves = leaver === null ? {} : { leaves: { accountId: leaver, subAccountId: null, numberId: 'n', called: '+4930123456' } };
  expect(originOf(leaves, parties)).toBe(expected);
});
