import { type Command, done, type Outcome, refused, UNCHANGED } from './machine-commands.ts';
import {
  CLEAN,
  DEADLINE_MS,
  groupState,
  HAS_RULE,
  isComplete,
  isForSale,
  isMet,
  itemsOfSub,
  type Model,
  type ModelGroup,
  type ModelItem,
  type ModelOrder,
  masterOf,
  NEEDS,
  priceOf,
  sees,
  statusOfSub,
  subsOf,
  typeOf,
} from './machine-state.ts';
import { giveBack, numberAt, platformFor } from './play-numbers.ts';

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

const hold = (model: Model, account: number, amount: number): void => {
  model.heldMinor[masterOf(account)] = (model.heldMinor[masterOf(account)] ?? 0) + amount;
};
const pay = (model: Model, account: number, amount: number): void => {
  model.walletMinor[masterOf(account)] = (model.walletMinor[masterOf(account)] ?? 0) - amount;
};

/** All of the numbers or none: they are for sale, the groups serve them, and there is money (decision B27). */
export function order(model: Model, { by, numbers, group: index }: Of<'order'>, now: number): Outcome {
  const group = index === null ? null : (model.groups[index] ?? null);
  if (index !== null && (group === null || group.deleted || group.holder !== by)) return refused('no_such_group');
  const placed = place(model, by, numbers, group, now);
  return placed.kind === 'ok' ? done('order.create') : placed;
}

/** The same for one number that needs no papers. */
export function buy(model: Model, { by, number }: Of<'buy'>, now: number): Outcome {
  if (isForSale(numberAt(model, number), by, now) && isAffordable(model, by, [number]) && NEEDS[typeOf(number)].length > 0)
    return refused('requirements_open');
  const placed = place(model, by, [number], null, now);
  return placed.kind === 'ok' ? done('number.purchase') : placed;
}

function isAffordable({ walletMinor, heldMinor }: Model, by: number, numbers: readonly number[]): boolean {
  const price = numbers.reduce((sum, number) => sum + priceOf(number), 0);
  return price === 0 || price <= (walletMinor[masterOf(by)] ?? 0) - (heldMinor[masterOf(by)] ?? 0);
}

function place(model: Model, by: number, numbers: readonly number[], group: ModelGroup | null, now: number): Outcome {
  if (!numbers.every((number) => isForSale(numberAt(model, number), by, now))) return refused('not_in_stock');
  if (group !== null && !numbers.every((number) => isUsable(group, number, now))) return refused('invalid');
  if (!isAffordable(model, by, numbers)) return refused('insufficient_balance');
  const items = numbers.map((number): ModelItem => {
    const values = NEEDS[typeOf(number)].map((name) => ({ name, value: null, status: 'unset' as const }));
    const item: ModelItem = { number, price: priceOf(number), status: 'pending', deadline: now + DEADLINE_MS, values };
    if (group !== null) takeGroup(item, group, now);
    if (isComplete(item)) item.deadline = null;
    // Whatever the holder before had set on it is gone; what is left of a wait goes once it is in use (decision B7).
    const one = numberAt(model, number);
    const suspendedBy = platformFor(one, by);
    Object.assign(one, { ...CLEAN, suspendedBy, holder: by, lifecycle: 'pending', isPaid: false, version: one.version + 1 });
    hold(model, by, item.price);
    return item;
  });
  const made: ModelOrder = { holder: by, reference: null, items, version: 1 };
  model.orders.push(made);
  for (const item of items) if (isMet(item)) activate(model, made, item, { isNew: true });
  return done();
}

/** Paid, and in use; a number that was ordered in the same breath counts one change. */
function activate(model: Model, { holder }: ModelOrder, item: ModelItem, { isNew = false } = {}): void {
  const one = numberAt(model, item.number);
  Object.assign(one, { lifecycle: 'active', availableAt: null, isPaid: true, version: one.version + (isNew ? 0 : 1) });
  item.status = 'success';
  item.deadline = null;
  hold(model, holder, -item.price);
  pay(model, holder, item.price);
}

/** What is pending and has all it needs comes into use. */
export function activateReady(model: Model, one: ModelOrder): void {
  for (const item of one.items) if (item.status === 'pending' && isMet(item)) activate(model, one, item);
}

/** A group serves numbers of its own type while nobody declined it and its approval has not run out. */
export const isUsable = (group: ModelGroup, number: number, now: number): boolean =>
  group.type === typeOf(number) && !['declined', 'expired'].includes(groupState(group, now));

/** What an approved group says needs no review, and what meets a rule neither; approved values stay. True when anything changed. */
export function takeGroup(item: ModelItem, group: ModelGroup, now: number): boolean {
  const before = JSON.stringify(item.values);
  for (const each of item.values) {
    const value = group.values.get(each.name) ?? null;
    if (value === null || each.status === 'approved') continue;
    each.value = value;
    each.status = groupState(group, now) === 'approved' || HAS_RULE[each.name] ? 'approved' : 'provided';
  }
  if (JSON.stringify(item.values) === before) return false;
  if (isComplete(item)) item.deadline = null;
  return true;
}

function endItems(model: Model, one: ModelOrder, items: readonly ModelItem[]): void {
  for (const item of items) {
    item.status = 'cancelled';
    item.deadline = null;
    hold(model, one.holder, -item.price);
    giveBack(numberAt(model, item.number));
  }
  one.version += 1;
}

/** Only a pending sub-order can be cancelled; its active numbers stay. */
export function cancel(model: Model, { by, order: index, sub }: Of<'cancel'>): Outcome {
  const one = model.orders[index];
  if (one === undefined || !sees(by, one.holder) || sub >= subsOf(one).length) return refused('not_found');
  if (statusOfSub(one, sub) !== 'pending') return refused('wrong_state');
  const waiting = itemsOfSub(one, sub).filter(({ status }) => status === 'pending');
  endItems(model, one, waiting);
  return done('order.cancel');
}

/** What waited for values beyond its deadline is cancelled when a worker comes by. */
export function endOverdue(model: Model, now: number): readonly string[] {
  return model.orders.flatMap((one) => {
    const overdue = one.items.filter(({ status, deadline }) => status === 'pending' && deadline !== null && deadline <= now);
    if (overdue.length === 0) return [];
    endItems(model, one, overdue);
    return ['order.deadline'];
  });
}

/** A label, in every state. */
export function rename(model: Model, { by, order: index, to }: Of<'rename'>): Outcome {
  const one = model.orders[index];
  if (one === undefined || !sees(by, one.holder)) return refused('not_found');
  if (one.reference === to) return UNCHANGED;
  one.reference = to;
  one.version += 1;
  return done('order.update');
}
