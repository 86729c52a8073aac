import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Balance } from '../../src/domain/account.ts';
import type { NumberType, PhoneNumber } from '../../src/domain/number.ts';
import {
  areMet,
  isMet,
  itemsOf,
  type NumberOrder,
  type OrderItem,
  requirementsStatusOf,
  statusOfOrder,
  statusOfSubOrder,
} from '../../src/domain/order.ts';
import { decideOrder, type OrderRequest } from '../../src/domain/order-create.ts';
import { decideCancel, decideItemGone, settleItems } from '../../src/domain/order-progress.ts';
import { decideOrderPatch, readyItems } from '../../src/domain/order-update.ts';
import type { Acceptance, Requirement } from '../../src/domain/requirement.ts';

const T0 = Date.UTC(2026, 0, 1);
const BUYER = { ownerAccountId: 'master', subAccountId: null };
const BALANCE: Balance = { accountId: 'master', mode: 'live', currency: 'USD', walletMinor: 5000, heldMinor: 0 };
const NO_RULES: Acceptance = { minLength: null, maxLength: null, acceptableValues: null, caseSensitive: true, pattern: null };

const requirement = (id: string, country: string, numberType: NumberType, acceptance: Acceptance): Requirement => ({
  id,
  country,
  numberType,
  name: id,
  description: null,
  example: null,
  fieldType: 'textual',
  acceptance,
  createdAt: T0,
});
/** DE local: one by rule, one by a person. FR local: one by rule. GB: nothing. */
const CATALOGUE = [
  requirement('de-rule', 'DE', 'local', { ...NO_RULES, maxLength: 3 }),
  requirement('de-person', 'DE', 'local', NO_RULES),
  requirement('fr-rule', 'FR', 'local', { ...NO_RULES, acceptableValues: ['ok'] }),
];

const aNumber = (index: number, country: string, over: Partial<PhoneNumber> = {}): PhoneNumber => ({
  id: `number-${index}`,
  extId: String(index),
  e164: `+4420712300${String(index).padStart(2, '0')}`,
  mode: 'live',
  country,
  type: 'local',
  region: null,
  capabilities: ['voice'],
  setupFeeMinor: 10,
  monthlyFeeMinor: 20,
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
  createdAt: T0,
  updatedAt: T0,
  ...over,
});

const REQUEST: OrderRequest = {
  buyer: BUYER,
  mode: 'live',
  customerReference: null,
  trunkGroup: null,
  messagingProfileId: null,
  billingGroupId: null,
  requestSha256: null,
  deadlineMs: 1000,
};

let nextId = 0;
const newId = (): string => {
  nextId += 1;
  return `id-${nextId}`;
};

type Step =
  | { readonly do: 'offer'; readonly requirement: string; readonly value: string; readonly item: number | null }
  | { readonly do: 'gone'; readonly item: number }
  | { readonly do: 'cancel'; readonly sub: number }
  | { readonly do: 'rename'; readonly to: string | null };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      requirement: fc.constantFrom('de-rule', 'de-person', 'fr-rule', 'nobody'),
      value: fc.constantFrom('ok', 'no', 'much too long'),
      item: fc.option(fc.nat(9)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), item: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), sub: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename' as const), to: fc.option(fc.constantFrom('A', 'B')) }) },
);

/** The model: per number its own little life, written down without looking at the code under test. */
interface Modelled {
  readonly country: string;
  status: 'pending' | 'success' | 'cancelled' | 'deleted';
  readonly values: Map<string, { value: string; approved: boolean } | null>;
  money: 'held' | 'taken' | 'released';
}
const NEEDS: Readonly<Record<string, readonly string[]>> = { DE: ['de-rule', 'de-person'], FR: ['fr-rule'], GB: [] };
const ACCEPTS: Readonly<Record<string, (value: string) => boolean>> = {
  'de-rule': (value) => value.length <= 3,
  'de-person': () => true,
  'fr-rule': (value) => value === 'ok',
};

function modelOf(country: string): Modelled {
  const needs = NEEDS[country] ?? [];
  const ready = needs.length === 0;
  return {
    country,
    status: ready ? 'success' : 'pending',
    values: new Map(needs.map((id) => [id, null])),
    money: ready ? 'taken' : 'held',
  };
}
const isReady = ({ values }: Modelled): boolean => [...values.values()].every((each) => each?.approved === true);

/** True: the offer is taken. */
function offerModel(scope: readonly Modelled[], id: string, value: string): boolean {
  const asked = scope.filter((each) => each.values.size > 0 && (each.status === 'pending' || each.status === 'success'));
  if (asked.length > 0 && asked.every(isReady)) return false;
  if (!scope.some(({ status }) => status === 'pending')) return false;
  if (!scope.some(({ values }) => values.has(id))) return false;
  const open = scope.filter(({ status, values }) => status === 'pending' && values.has(id) && values.get(id)?.approved !== true);
  if (open.length > 0 && !(ACCEPTS[id]?.(value) ?? false)) return false;
  for (const each of open) each.values.set(id, { value, approved: id !== 'de-person' });
  for (const each of scope.filter((one) => one.status === 'pending' && isReady(one))) {
    each.status = 'success';
    each.money = 'taken';
  }
  return true;
}

/** What the use case does after a patch: everything that is ready is settled. */
const activateAll = (order: NumberOrder, now: number): NumberOrder =>
  settleItems(
    order,
    readyItems(order).map(({ id }) => ({ itemId: id, status: 'success', settleId: newId() }) as const),
    now,
  );

function play(order: NumberOrder, model: Modelled[], each: Step, now: number): NumberOrder {
  if (each.do === 'rename') {
    const done = decideOrderPatch(order, { customerReference: each.to }, now);
    return done.ok ? done.value : order;
  }
  if (each.do === 'gone') {
    const index = each.item % order.items.length;
    const one = model[index] as Modelled;
    if (one.status === 'pending') one.money = 'released';
    if (one.status === 'pending' || one.status === 'success') one.status = 'deleted';
    return decideItemGone(order, order.items[index]?.numberId ?? '', newId, now);
  }
  if (each.do === 'cancel') {
    const sub = order.subOrders[each.sub % order.subOrders.length];
    const waiting = model.filter((one) => one.country === sub?.country && one.status === 'pending');
    const done = decideCancel(order, sub?.id ?? '', newId, now);
    expect(done.ok).toBe(waiting.length > 0);
    for (const one of waiting) {
      one.status = 'cancelled';
      one.money = 'released';
    }
    return done.ok ? done.value.order : order;
  }
  const index = each.item === null ? null : each.item % order.items.length;
  const scope = index === null ? model : [model[index] as Modelled];
  const itemIds = index === null ? {} : { itemIds: [order.items[index]?.id ?? ''] };
  const done = decideOrderPatch(order, { values: [{ requirementId: each.requirement, value: each.value }], ...itemIds }, now);
  expect(done.ok).toBe(offerModel(scope, each.requirement, each.value));
  return done.ok ? activateAll(done.value, now) : order;
}

const moneyOf = ({ status, holdId, settleId }: OrderItem): Modelled['money'] => {
  if (settleId === null) return 'held';
  return holdId === null || status === 'success' ? 'taken' : 'released';
};

function checkAgainstModel(order: NumberOrder, model: readonly Modelled[]): void {
  expect(order.items.map(({ status }) => status)).toEqual(model.map(({ status }) => status));
  for (const [index, item] of order.items.entries()) {
    const one = model[index] as Modelled;
    expect(item.requirements.map(({ value }) => value)).toEqual([...one.values.values()].map((each) => each?.value ?? null));
    expect(isMet(item)).toBe(isReady(one));
    // Money that was taken stays taken when the number is given back; every hold has a pending item (invariant 7).
    if (item.status !== 'deleted') expect(moneyOf(item)).toBe(one.money);
    expect(item.settleId === null).toBe(item.status === 'pending');
    const complete = [...one.values.values()].every((each) => each !== null);
    expect(item.deadline === null).toBe(item.status !== 'pending' || complete);
    if (item.status === 'pending')
      expect(requirementsStatusOf(item)).toBe(complete ? 'requirement-info-under-review' : 'requirement-info-pending');
  }
  const settled = order.items.flatMap(({ settleId }) => settleId ?? []);
  expect(new Set(settled).size).toBe(settled.length);
  expect(areMet(order.items)).toBe(model.every(isReady));
  const subs = order.subOrders.map(({ id }) => statusOfSubOrder(order, id));
  expect(statusOfOrder(order) === 'pending').toBe(subs.includes('pending'));
  expect(new Set(order.subOrders.map(({ customerReference }) => customerReference))).toEqual(new Set([order.customerReference]));
}

it('random histories of an order agree with a model of every number on its own', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('DE', 'FR', 'GB'), { minLength: 1, maxLength: 6 }),
      fc.array(step, { maxLength: 25 }),
      (countries, steps) => {
        const numbers = countries.map((country, index) => aNumber(index, country));
        const placed = decideOrder(REQUEST, { numbers, catalogue: CATALOGUE, balance: BALANCE, nowMs: T0 }, newId);
        if (!placed.ok) throw new Error('refused');
        let { order } = placed.value;
        const model = countries.map(modelOf);
        expect(order.subOrders.length).toBe(new Set(countries).size);
        expect(order.subOrders.flatMap(({ id }) => itemsOf(order, id)).length).toBe(countries.length);
        for (const { before, after } of placed.value.moves) {
          expect(after).toMatchObject({
            version: before.version + 1,
            holder: BUYER,
            lifecycle: before.country === 'GB' ? 'active' : 'pending',
          });
        }
        checkAgainstModel(order, model);
        for (const [index, each] of steps.entries()) {
          const before = order;
          order = play(order, model, each, T0 + index + 1);
          checkAgainstModel(order, model);
          // A change has a version, and only a change has one (decision B17).
          expect(order.version).toBe(before.version + (order === before ? 0 : 1));
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('an order takes all numbers or none, never more money than there is, and none in test mode', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ country: fc.constantFrom('DE', 'GB'), taken: fc.boolean(), fee: fc.nat(900) }), { minLength: 1, maxLength: 8 }),
      fc.nat(3000),
      fc.constantFrom('live' as const, 'test' as const),
      (wanted, walletMinor, mode) => {
        const numbers = wanted.map(({ country, taken, fee }, index) =>
          aNumber(index, country, {
            mode,
            monthlyFeeMinor: fee,
            ...(taken ? { lifecycle: 'active', holder: { ownerAccountId: 'other', subAccountId: null } } : {}),
          }),
        );
        const facts = { numbers, catalogue: CATALOGUE, balance: { ...BALANCE, mode, walletMinor, heldMinor: 100 }, nowMs: T0 };
        const placed = decideOrder({ ...REQUEST, mode }, facts, newId);
        const price = mode === 'test' ? 0 : wanted.reduce((sum, { fee }) => sum + 10 + fee, 0);
        if (wanted.some(({ taken }) => taken)) expect(placed).toMatchObject({ ok: false, error: { kind: 'not_in_stock' } });
        else if (price > 0 && price > walletMinor - 100) {
          expect(placed).toMatchObject({
            ok: false,
            error: { kind: 'insufficient_balance', requiredMinor: price, availableMinor: walletMinor - 100 },
          });
        } else {
          expect(placed.ok).toBe(true);
          if (placed.ok) expect(placed.value.order.items.reduce((sum, { chargeMinor }) => sum + chargeMinor, 0)).toBe(price);
        }
      },
    ),
    { numRuns: 300 },
  );
});
