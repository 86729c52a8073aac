import { describe, expect, it } from 'vitest';
import type { PhoneNumber } from '../../src/domain/number.ts';
import { numberEvents } from '../../src/domain/number-events.ts';
import type { NumberOrder, OrderItem, OrderStatus } from '../../src/domain/order.ts';
import { orderEvents } from '../../src/domain/order-events.ts';

const OWNER = { ownerAccountId: 'owner', subAccountId: null };
const SUB = { ownerAccountId: 'owner', subAccountId: 'sub' };
const STOCK: PhoneNumber = {
  id: 'n',
  extId: '1',
  e164: '+442071838750',
  mode: 'live',
  country: 'GB',
  type: 'local',
  region: null,
  capabilities: ['voice'],
  setupFeeMinor: 0,
  monthlyFeeMinor: 0,
  currency: 'USD',
  carrierTrunkGroupId: null,
  holder: null,
  lifecycle: 'available',
  suspendedBy: [],
  availableAt: null,
  lastHolder: null,
  allowInbound: true,
  allowOutbound: false,
  endpointId: null,
  trunkGroupId: null,
  tags: [],
  customerReference: null,
  deletionLock: false,
  lastCallAt: null,
  purchasedAt: null,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
};
const ACTIVE: PhoneNumber = { ...STOCK, holder: OWNER, lifecycle: 'active', version: 2 };
const WAITING: PhoneNumber = { ...STOCK, holder: OWNER, lifecycle: 'pending', version: 2 };
const next = (number: PhoneNumber, changes: Partial<PhoneNumber>): PhoneNumber => ({ ...number, version: number.version + 1, ...changes });

describe('a change of a number is', () => {
  it.each<[string, PhoneNumber, PhoneNumber, [string, string][]]>([
    ['bought', STOCK, ACTIVE, [['number.purchased', 'owner']]],
    ['bought by a sub-account', STOCK, { ...ACTIVE, holder: SUB }, [['number.purchased', 'sub']]],
    ['waiting in an order', STOCK, WAITING, []],
    ['activated by its order', WAITING, next(WAITING, { lifecycle: 'active' }), [['number.purchased', 'owner']]],
    ['given back by its order', WAITING, next(WAITING, { holder: null, lifecycle: 'available' }), []],
    ['changed', ACTIVE, next(ACTIVE, { allowOutbound: true }), [['number.updated', 'owner']]],
    ['suspended', ACTIVE, next(ACTIVE, { suspendedBy: ['billing'] }), [['number.suspended', 'owner']]],
    ['resumed', next(ACTIVE, { suspendedBy: ['tenant'] }), next(ACTIVE, {}), [['number.resumed', 'owner']]],
    [
      'suspended by another one too',
      next(ACTIVE, { suspendedBy: ['tenant'] }),
      next(ACTIVE, { suspendedBy: ['billing', 'tenant'] }),
      [['number.updated', 'owner']],
    ],
    [
      'handed down',
      ACTIVE,
      next(ACTIVE, { holder: SUB }),
      [
        ['number.unassigned', 'owner'],
        ['number.assigned', 'sub'],
      ],
    ],
    ['released', ACTIVE, next(ACTIVE, { holder: null, lifecycle: 'available' }), [['number.released', 'owner']]],
    ['released with calls', ACTIVE, next(ACTIVE, { lifecycle: 'releasing' }), [['number.releasing', 'owner']]],
    // Who kept a number while its calls went on has bought nothing.
    ['kept after all', next(ACTIVE, { lifecycle: 'releasing' }), next(ACTIVE, { version: 4 }), [['number.updated', 'owner']]],
    // Its job tells, with what became of the calls.
    ['released in the end', next(ACTIVE, { lifecycle: 'releasing' }), next(ACTIVE, { holder: null, lifecycle: 'available' }), []],
  ])('%s', (_, before, after, told) => {
    const events = numberEvents(before, after);
    expect(events.map(({ type, accountId }) => [type, accountId])).toEqual(told);
    for (const { key, type } of events) expect(key).toBe(`${type}:n:${after.version}`);
  });
});

const item = (id: string, subOrderId: string, status: OrderStatus): OrderItem => ({
  id,
  subOrderId,
  numberId: `n-${id}`,
  e164: '+442071838750',
  locality: null,
  status,
  chargeMinor: 100,
  currency: 'USD',
  deadline: null,
  requirements: [],
  holdId: null,
  settleId: null,
});
const order = (version: number, ...statuses: [OrderStatus, OrderStatus]): NumberOrder =>
  ({
    id: 'o',
    mode: 'live',
    holder: SUB,
    customerReference: 'ref',
    trunkGroup: null,
    messagingProfileId: null,
    billingGroupId: null,
    requestSha256: null,
    version,
    createdAt: 0,
    updatedAt: version,
    subOrders: ['a', 'b'].map((id) => ({ id, country: 'GB', type: 'local', customerReference: null, createdAt: 0, updatedAt: 0 })),
    items: [item('1', 'a', statuses[0]), item('2', 'b', statuses[1])],
  }) as NumberOrder;

it('an order tells of all its numbers at its end, and of those that moved on the way', () => {
  const told = (before: NumberOrder | null, after: NumberOrder) =>
    orderEvents(before, after).map(({ type, payload }) => [type, (payload as { items: { id: string }[] }).items.map(({ id }) => id)]);
  expect(told(order(1, 'success', 'pending'), order(2, 'success', 'success'))).toEqual([
    ['order.completed', ['1', '2']],
    ['sub_order.completed', ['2']],
  ]);
  expect(told(order(1, 'success', 'success'), order(2, 'deleted', 'success'))).toEqual([
    ['order.updated', ['1']],
    ['sub_order.updated', ['1']],
  ]);
});

describe('a change of an order is', () => {
  it.each<[string, NumberOrder | null, NumberOrder, string[]]>([
    ['placed, waiting', null, order(1, 'pending', 'pending'), ['order.created']],
    ['placed, partly active', null, order(1, 'success', 'pending'), ['order.created', 'sub_order.completed']],
    ['placed, active', null, order(1, 'success', 'success'), ['order.completed', 'sub_order.completed', 'sub_order.completed']],
    ['a part active', order(1, 'pending', 'pending'), order(2, 'success', 'pending'), ['order.updated', 'sub_order.completed']],
    ['the last part active', order(1, 'success', 'pending'), order(2, 'success', 'success'), ['order.completed', 'sub_order.completed']],
    [
      'the last part cancelled',
      order(1, 'success', 'pending'),
      order(2, 'success', 'cancelled'),
      ['order.completed', 'sub_order.completed'],
    ],
    ['another reference', order(1, 'pending', 'pending'), order(2, 'pending', 'pending'), ['order.updated']],
    ['a number released', order(1, 'success', 'success'), order(2, 'deleted', 'success'), ['order.updated', 'sub_order.updated']],
  ])('%s', (_, before, after, told) => {
    const events = orderEvents(before, after);
    expect(events.map(({ type }) => type)).toEqual(told);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
    for (const { accountId, payload } of events) {
      expect(accountId).toBe('sub');
      expect(JSON.stringify(payload)).not.toMatch(/charge|hold|settle|sha256/i);
    }
  });
});
