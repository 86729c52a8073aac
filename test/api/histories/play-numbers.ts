import { type Command, done, type Outcome, refused, UNCHANGED } from './machine-commands.ts';
import { CLEAN, itemOfNumber, type Model, type ModelNumber, masterOf, PARENTS, QUARANTINE_MS, sees, WINDOW_MS } from './machine-state.ts';

type Of<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

export const numberAt = ({ numbers }: Model, index: number): ModelNumber => numbers[index] as ModelNumber;

const isTheirs = (one: ModelNumber, by: number): boolean => one.holder !== null && sees(by, one.holder);
const next = (one: ModelNumber, changes: Partial<ModelNumber>): void => void Object.assign(one, changes, { version: one.version + 1 });

/** A number of an order that never came into use goes back as it came: its last holder and what is left of a wait stay. */
export const giveBack = (one: ModelNumber): void =>
  next(one, { ...CLEAN, suspendedBy: one.holder === null ? [] : platformFor(one, one.holder), holder: null, lifecycle: 'available' });

const byPlatform = ({ suspendedBy }: ModelNumber) => suspendedBy.filter((who) => who === 'platform');

/** What the platform put on a number stays for the payer that had it last, and for nobody else (decisions B7, B25). */
export const platformFor = (one: ModelNumber, buyer: number): ModelNumber['suspendedBy'] =>
  one.lastHolder !== null && masterOf(one.lastHolder) === masterOf(buyer) ? byPlatform(one) : [];

/** Its item ends with it, and money that was held for it is free. */
function leaveOrder(model: Model, number: number): void {
  const found = itemOfNumber(model, number);
  if (found === null) return;
  const { order, item } = found;
  if (item.status === 'pending') model.heldMinor[masterOf(order.holder)] = (model.heldMinor[masterOf(order.holder)] ?? 0) - item.price;
  item.status = 'deleted';
  item.deadline = null;
  order.version += 1;
}

function toStock(one: ModelNumber, freeAt: number | null): void {
  const suspendedBy = byPlatform(one);
  next(one, { ...CLEAN, suspendedBy, lastHolder: one.holder, holder: null, lifecycle: 'available', availableAt: freeAt, isPaid: false });
}

const withoutTenant = (one: ModelNumber) => one.suspendedBy.filter((who) => who !== 'tenant');

/** active → releasing (24 h, Vobiz) → available (45 d); at once in the other faces, which know no window. */
export function release(model: Model, { by, number, face }: Of<'release'>, now: number): Outcome {
  const one = numberAt(model, number);
  if (!isTheirs(one, by) || one.lifecycle === 'releasing') return refused('not_found');
  if (one.lock) return refused('locked');
  if (one.lifecycle === 'pending') giveBack(one);
  else if (face === 'vobiz') next(one, { ...CLEAN, suspendedBy: withoutTenant(one), lifecycle: 'releasing', availableAt: now + WINDOW_MS });
  else toStock(one, face === 'vobiz_now' ? now + QUARANTINE_MS : null);
  leaveOrder(model, number);
  return done('number.release');
}

/** releasing → active within the window, and never for a number nobody paid for. */
export function keep(model: Model, { by, number }: Of<'keep'>, now: number): Outcome {
  const one = numberAt(model, number);
  if (!isTheirs(one, by)) return refused('not_found');
  const isOpen = one.lifecycle === 'releasing' && one.availableAt !== null && now < one.availableAt;
  if (!isOpen || !one.isPaid) return refused('wrong_state');
  next(one, { lifecycle: 'active', availableAt: null });
  return done('number.cancel_release');
}

/** The window ends when a worker comes by; from then on the quarantine counts. */
export function endReleases(model: Model, now: number): readonly string[] {
  const over = model.numbers.filter(
    ({ lifecycle, availableAt }) => lifecycle === 'releasing' && availableAt !== null && availableAt <= now,
  );
  for (const one of over) toStock(one, now + QUARANTINE_MS);
  return over.map(() => 'number.released');
}

/** Between a master's pool and its sub-account; only active numbers move. There are no calls here, so nothing cools off. */
export function move(model: Model, { do: what, by, number }: Of<'assign' | 'unassign'>): Outcome {
  const one = numberAt(model, number);
  if (PARENTS[by] !== null) return refused('forbidden');
  if (!isTheirs(one, by) || one.lifecycle === 'releasing' || one.holder === null) return refused('not_found');
  const child = PARENTS.indexOf(by);
  const isThere = (PARENTS[one.holder] === null) === (what === 'assign');
  if (!isThere || child < 0) return refused('not_found');
  if (one.lifecycle !== 'active') return refused('wrong_state');
  next(one, { ...CLEAN, suspendedBy: withoutTenant(one), lastHolder: one.holder, holder: what === 'assign' ? child : by });
  return done(`number.${what}_sub_account`);
}

/** The deletion lock, and active ⇄ blocked: a tenant lifts only its own suspension (decision B25). */
export function turn(model: Model, { do: what, by, number, on }: Of<'lock' | 'suspend'>): Outcome {
  const one = numberAt(model, number);
  if (by === null && (one.holder === null || one.lifecycle === 'releasing')) return refused('wrong_state');
  if (by !== null && (!isTheirs(one, by) || one.lifecycle === 'releasing')) return refused('not_found');
  if (what === 'lock') return change(one, one.lock !== on, { lock: on });
  const who: 'platform' | 'tenant' = by === null ? 'platform' : 'tenant';
  const others = one.suspendedBy.filter((each) => each !== who);
  if (!on && who === 'tenant' && others.length > 0) return refused('number_suspended');
  return change(one, one.suspendedBy.includes(who) !== on, { suspendedBy: on ? [...others, who].toSorted() : others });
}

function change(one: ModelNumber, isOther: boolean, changes: Partial<ModelNumber>): Outcome {
  if (!isOther) return UNCHANGED;
  next(one, changes);
  return done('number.update');
}
