import { expect, it } from 'vitest';
import { mayGoOpen } from '../../../src/app/calls/call-leases.ts';
import type { Candidate, Connect } from '../../../src/domain/call.ts';

const target = { chosen: true } as Candidate;
const leaving = { ...target, leaves: { accountId: 'a', subAccountId: null, numberId: 'n', called: '+4930123456' } } as Candidate;
const call = (direction: string, called: string, ...candidates: Candidate[]) =>
  ({ parties: { direction, called }, candidates }) as unknown as Connect;

it.each([
  ['a call in', call('inbound', '+442071838750', target), true],
  ['a call in that is forwarded out: money fails closed', call('inbound', '+442071838750', leaving), false],
  ['a call out', call('outbound', '+442071838750', target), false],
  ['an emergency call', { ...call('outbound', '112', target), unlimited: true as const }, true],
  ['a short code that means nothing there: a premium number may be behind it', call('outbound', '11899', target), false],
  ['a call on-net', call('internal', '+442071838750', target), false],
  ['a call to a colleague by name, which is no short code', call('internal', 'bob', target), false],
])('while Redis is away: %s', (_name, decision, expected) => expect(mayGoOpen(decision)).toBe(expected));

it('while Redis is away a call that rang by itself stops before it would leave', () => {
  const decision = call('inbound', '+442071838750', target, leaving);
  expect([mayGoOpen(decision), mayGoOpen(decision, leaving)]).toEqual([true, false]);
});
