import { type Command, done, type Outcome, refused, type Scope, UNCHANGED } from './machine-commands.ts';
import {
  ACCEPTS,
  DEADLINE_MS,
  HAS_RULE,
  isComplete,
  isMet,
  itemsOfSub,
  type Model,
  type ModelItem,
  type ModelOrder,
  sees,
  wholeOf,
} from './machine-state.ts';
import { activateReady, isUsable, takeGroup } from './play-orders.ts';

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

function itemsIn(order: ModelOrder, scope: Scope): readonly ModelItem[] {
  if (scope === 'all') return order.items;
  if ('sub' in scope) return itemsOfSub(order, scope.sub);
  return order.items.slice(scope.item, scope.item + 1);
}

/** Satisfied comes before ended; only where something waits can values change. */
function refuseByState(items: readonly ModelItem[]): Outcome | null {
  const asked = items.filter(({ values, status }) => values.length > 0 && (status === 'pending' || status === 'success'));
  if (asked.length > 0 && asked.every(isMet)) return refused('satisfied');
  return wholeOf(items.map(({ status }) => status)) === 'pending' ? null : refused('wrong_state');
}

/** unset or rejected → provided, and approved at once by a rule; approved values stay whatever is offered (D.4.3). */
export function offer(model: Model, { by, order: index, scope, name, value }: Of<'offer'>): Outcome {
  const order = model.orders[index];
  if (order === undefined || !sees(by, order.holder)) return refused('not_found');
  const items = itemsIn(order, scope);
  const wrong = refuseByState(items);
  if (wrong !== null) return wrong;
  if (!items.some(({ values }) => values.some((each) => each.name === name))) return refused('invalid');
  const open = items.flatMap((item) =>
    item.status === 'pending' ? item.values.filter((each) => each.name === name && each.status !== 'approved') : [],
  );
  if (open.length > 0 && !ACCEPTS[name](value)) return refused('invalid');
  const before = JSON.stringify(order.items);
  for (const each of open) Object.assign(each, { value, status: HAS_RULE[name] ? 'approved' : 'provided' });
  if (JSON.stringify(order.items) === before) return UNCHANGED;
  for (const item of items) if (item.status === 'pending' && isComplete(item)) item.deadline = null;
  return progressed(model, order, 'order.update');
}

function progressed(model: Model, order: ModelOrder, action: string): Outcome {
  order.version += 1;
  activateReady(model, order);
  return done(action);
}

/** The values of a group, for what still waits. */
export function attach(model: Model, { by, order: index, scope, group: groupIndex }: Of<'attach'>, now: number): Outcome {
  const order = model.orders[index];
  if (order === undefined || !sees(by, order.holder)) return refused('not_found');
  const group = model.groups[groupIndex];
  if (group === undefined || group.deleted || group.holder !== order.holder) return refused('no_such_group');
  const items = itemsIn(order, scope);
  if (!items.every(({ number }) => isUsable(group, number, now))) return refused('invalid');
  const wrong = refuseByState(items);
  if (wrong !== null) return wrong;
  const changed = items.filter((item) => item.status === 'pending' && takeGroup(item, group, now));
  return changed.length === 0 ? UNCHANGED : progressed(model, order, 'order.update');
}

/** provided → approved or rejected; a rejected value waits for another one, with a new deadline. */
export function review(model: Model, { order: index, scope, only, verdict }: Of<'review'>, now: number): Outcome {
  const order = model.orders[index];
  if (order === undefined) return refused('not_found');
  const judged = itemsIn(order, scope).flatMap((item) => {
    const waiting = item.values.filter(({ name, status }) => status === 'provided' && (only === null || only === name));
    return item.status === 'pending' && waiting.length > 0 ? [{ item, waiting }] : [];
  });
  if (judged.length === 0) return refused('wrong_state');
  for (const { item, waiting } of judged) {
    for (const each of waiting) each.status = verdict === 'approved' ? 'approved' : 'rejected';
    if (verdict === 'declined') item.deadline = now + DEADLINE_MS;
  }
  return progressed(model, order, `order.${verdict}`);
}

/** The platform moves a deadline while there is one. */
export function setDeadline(model: Model, { order: index, item: place, inMs }: Of<'deadline'>, now: number): Outcome {
  const order = model.orders[index];
  const item = order?.items[place];
  if (order === undefined || item === undefined) return refused('not_found');
  if (item.status !== 'pending' || item.deadline === null) return refused('wrong_state');
  if (inMs === null || now + inMs === item.deadline) return UNCHANGED;
  if (inMs <= 0) return refused('invalid');
  item.deadline = now + inMs;
  order.version += 1;
  return done('order.deadline_set');
}
