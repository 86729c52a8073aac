import { type Dice, NothingToPick } from './dice.ts';
import type { Command, Scope } from './machine-commands.ts';
import {
  DAY_MS,
  isForSale,
  KEEP_MS,
  MINUTE_MS,
  type Model,
  type ModelItem,
  NEEDS,
  PARENTS,
  QUARANTINE_MS,
  type RequirementName,
  subsOf,
  TYPES,
  VALUES,
} from './machine-state.ts';

const WEIGHTS: Readonly<Record<Command['do'], number>> = {
  credit: 2,
  reserve: 4,
  extend: 4,
  order: 8,
  buy: 4,
  offer: 12,
  rename: 1,
  cancel: 3,
  attach: 4,
  review: 9,
  deadline: 3,
  group: 3,
  fill: 4,
  submit: 5,
  drop: 1,
  judge: 5,
  release: 6,
  keep: 3,
  assign: 3,
  unassign: 2,
  lock: 3,
  suspend: 4,
  wait: 5,
  work: 6,
};
const LOTS = Object.entries(WEIGHTS).flatMap(([what, weight]) => Array.from({ length: weight }, () => what as Command['do']));
const ACCOUNTS = [...PARENTS.keys()];
const NAMES: readonly RequirementName[] = ['tax', 'name', 'code'];
const WAITS = [
  0,
  MINUTE_MS,
  KEEP_MS - MINUTE_MS,
  KEEP_MS,
  DAY_MS - MINUTE_MS,
  DAY_MS,
  29 * DAY_MS,
  31 * DAY_MS,
  QUARANTINE_MS,
  366 * DAY_MS,
];

/** Mostly what makes sense in this state, and one time in six anything at all. */
export function chooseCommand(dice: Dice, model: Model, now: number): Command {
  for (;;) {
    const what = dice.pick(LOTS);
    const mood = { stray: dice.once(6), now };
    try {
      return chooseAboutNumbers(dice, model, what, mood) ?? chooseAboutPapers(dice, model, what, mood.stray);
    } catch (error) {
      // Not in this state: something else then.
      if (!(error instanceof NothingToPick)) throw error;
    }
  }
}

interface Mood {
  readonly stray: boolean;
  readonly now: number;
}

/** Indices of what is meant, or of everything for a stray. */
const indices = <T>(from: readonly T[], isApt: (one: T) => boolean, stray: boolean): readonly number[] =>
  [...from.keys()].filter((index) => stray || isApt(from[index] as T));

function chooseAboutNumbers(dice: Dice, model: Model, what: Command['do'], { stray, now }: Mood): Command | null {
  const anybody = dice.pick(ACCOUNTS);
  const pickNumber = (isApt: (one: Model['numbers'][number]) => boolean) => {
    const number = dice.pick(indices(model.numbers, isApt, stray));
    const { holder } = model.numbers[number] ?? {};
    return { number, by: stray || holder === null || holder === undefined ? anybody : actorFor(dice, holder) };
  };
  const forSale = indices(model.numbers, (one) => isForSale(one, anybody, now), stray);
  switch (what) {
    case 'credit':
      return { do: what, account: anybody, amountMinor: 100 * (1 + dice.int(8)) };
    case 'reserve':
      return { do: what, by: anybody, numbers: dice.some(forSale, 3) };
    case 'order':
      return {
        do: what,
        by: anybody,
        numbers: dice.some(forSale, 3),
        group: model.groups.length > 0 && dice.once(3) ? chooseGroup(dice, model, anybody, stray) : null,
      };
    case 'buy':
      return { do: what, by: anybody, number: dice.pick(forSale), face: dice.pick(['kros', 'vobiz']) };
    case 'release':
      return {
        do: what,
        ...pickNumber(({ holder }) => holder !== null),
        face: dice.pick(['kros', 'vobiz', 'vobiz', 'vobiz_now', 'telnyx']),
      };
    case 'keep':
      return { do: what, ...pickNumber(({ lifecycle }) => lifecycle === 'releasing') };
    case 'assign':
    case 'unassign':
      return chooseMove(dice, model, what, stray);
    case 'lock':
    case 'suspend': {
      const { number, by } = pickNumber(({ holder }) => holder !== null);
      return { do: what, number, by: dice.once(3) ? null : by, on: dice.once(2) };
    }
    case 'wait':
      return { do: what, ms: dice.pick(WAITS) };
    case 'work':
      return { do: what };
    default:
      return null;
  }
}

function chooseMove(dice: Dice, model: Model, what: 'assign' | 'unassign', stray: boolean): Command {
  const isApt = ({ holder }: Model['numbers'][number]) => holder !== null && (what === 'assign' ? holder === 0 : PARENTS[holder] !== null);
  return { do: what, number: dice.pick(indices(model.numbers, isApt, stray)), by: stray ? dice.pick(ACCOUNTS) : 0 };
}

/** The holder, or at times its parent. */
function actorFor(dice: Dice, holder: number): number {
  const parent = PARENTS[holder] ?? null;
  return parent !== null && dice.once(3) ? parent : holder;
}

function chooseGroup(dice: Dice, model: Model, by: number, stray: boolean): number {
  return dice.pick(indices(model.groups, ({ holder, deleted }) => !deleted && holder === by, stray));
}

function chooseAboutPapers(dice: Dice, model: Model, what: Command['do'], stray: boolean): Command {
  const name = dice.pick(NAMES);
  const value = dice.pick([...VALUES, 'ok', 'ok']);
  if (what === 'group' || (model.groups.length === 0 && ['fill', 'submit', 'judge', 'drop'].includes(what))) {
    const type = dice.pick(TYPES);
    const values = !dice.once(3) ? Object.fromEntries(NEEDS[type].map((each) => [each, 'ok'])) : {};
    return { do: 'group', by: dice.pick(ACCOUNTS), type, values: stray ? { ...values, [name]: value } : values };
  }
  if (what === 'extend') {
    const reservation = dice.pick([...model.reservations.keys()].slice(dice.once(3) ? 0 : -1));
    return { do: what, reservation, by: stray ? dice.pick(ACCOUNTS) : (model.reservations[reservation]?.by ?? 0) };
  }
  if (what === 'fill' || what === 'submit' || what === 'judge' || what === 'drop') {
    const group = dice.pick(indices(model.groups, ({ deleted, state }) => !deleted && (what !== 'judge' || state === 'in_review'), stray));
    const { holder = 0, type = 'local' } = model.groups[group] ?? {};
    const by = stray ? dice.pick(ACCOUNTS) : actorFor(dice, holder);
    if (what === 'judge') return { do: what, group, verdict: dice.once(3) ? 'declined' : 'approved' };
    if (what === 'fill') return { do: what, by, group, name: stray || type === 'national' ? name : dice.pick(NEEDS[type]), value };
    return { do: what, by, group };
  }
  return chooseAboutOrder(dice, model, what, stray);
}

function chooseAboutOrder(dice: Dice, model: Model, what: Command['do'], stray: boolean): Command {
  const waits = ({ status, values }: ModelItem): boolean =>
    status === 'pending' && (what !== 'review' || values.some((each) => each.status === 'provided'));
  const index = dice.pick(indices(model.orders, ({ items }) => items.some(waits), stray));
  const order = model.orders[index] as Model['orders'][number];
  const by = stray ? dice.pick(ACCOUNTS) : actorFor(dice, order.holder);
  const sub = dice.int(subsOf(order).length);
  const item = stray ? dice.int(order.items.length) : order.items.findIndex(waits);
  const part: Exclude<Scope, 'all'> = dice.once(2) ? { sub } : { item };
  const name = stray ? dice.pick(NAMES) : (order.items[item]?.values.find(({ status }) => status !== 'approved')?.name ?? dice.pick(NAMES));
  switch (what) {
    case 'offer': {
      const scope = dice.once(3) ? 'all' : part;
      return { do: what, by, order: index, scope, name, value: dice.pick([...VALUES, 'ok', 'ok', 'ok']) };
    }
    case 'rename':
      return { do: what, by, order: index, to: dice.pick([null, 'ours']) };
    case 'cancel':
      return { do: what, by, order: index, sub };
    case 'attach':
      return { do: what, by, order: index, scope: part, group: chooseGroup(dice, model, order.holder, stray) };
    case 'review':
      return { do: what, order: index, scope: part, only: dice.once(3) ? name : null, verdict: dice.once(2) ? 'declined' : 'approved' };
    case 'deadline':
      return { do: what, order: index, item, inMs: dice.pick([null, -MINUTE_MS, MINUTE_MS, DAY_MS, 40 * DAY_MS]) };
    default:
      throw new Error(`${what} is not about an order`);
  }
}
