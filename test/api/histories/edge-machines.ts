import { addStock, type World } from './histories-world.ts';
import type { Command } from './machine-commands.ts';
import { DAY_MS, DEADLINE_MS, GROUP_VALID_MS, groupState, isKept, KEEP_MS, type ModelNumber, progressOf } from './machine-state.ts';
import { numberAt } from './play-numbers.ts';

const [A, A1, B] = [0, 1, 2] as const;

/** What the commands of a table are about: indices into the model; each table uses its own. */
export interface Subject {
  /** A number that needs papers, one that needs none, and a second of each. */
  readonly local: number;
  readonly local2: number;
  readonly national: number;
  readonly national2: number;
  readonly order: number;
  readonly group: number;
  readonly reservation: number;
  /** The number that is looked at. */
  readonly number: number;
}

/** To ask what commands there are, not to send them. */
export const NOTHING: Subject = { local: 0, local2: 0, national: 0, national2: 0, order: 0, group: 0, reservation: 0, number: 0 };

/** How to come into each state, what can be asked, and what the state is called afterwards. */
export interface Machine {
  readonly states: Readonly<Record<string, (of: Subject) => readonly Command[]>>;
  readonly commands: Readonly<Record<string, (of: Subject) => readonly Command[]>>;
  stateOf(world: World, of: Subject): string;
}

/** The states that only a number without requirements comes into at once, so that it is what is looked at. */
const NATIONAL: ReadonlySet<string> = new Set(
  ['stock', 'kept', 'kept_by_other', 'active', 'suspended', 'blocked', 'locked', 'sub', 'releasing', 'releasing_late'].concat([
    'quarantined',
    'theirs_waiting',
    'theirs',
    'plain',
  ]),
);

/** Fresh numbers, and the places of the next order, group and reservation. */
export async function newSubject(world: World, state: string): Promise<Subject> {
  const first = await addStock(world);
  const { orders, groups, reservations } = world.model;
  const next = { order: orders.length, group: groups.length, reservation: reservations.length };
  const isLocal = !NATIONAL.has(state);
  return { local: first, local2: first + 1, national: first + 4, national2: first + 5, ...next, number: isLocal ? first : first + 4 };
}

const order = (by: number, number: number, group: number | null = null): Command => ({ do: 'order', by, numbers: [number], group });
const reserve = (by: number, ...numbers: number[]): Command => ({ do: 'reserve', by, numbers });
const release = (by: number, number: number, face: 'kros' | 'vobiz' | 'vobiz_now' | 'telnyx'): Command => ({
  do: 'release',
  by,
  number,
  face,
});
const wait = (ms: number): Command => ({ do: 'wait', ms });
const suspend = (by: number | null, number: number, on = true): Command => ({ do: 'suspend', by, number, on });
const lock = (number: number): Command => ({ do: 'lock', by: A, number, on: true });

export const numberMachine: Machine = {
  states: {
    stock: () => [],
    regulated: () => [],
    kept: ({ number }) => [reserve(A, number)],
    kept_by_other: ({ number }) => [reserve(B, number)],
    pending: ({ number }) => [order(A, number)],
    active: ({ number }) => [order(A, number)],
    suspended: ({ number }) => [order(A, number), suspend(A, number)],
    blocked: ({ number }) => [order(A, number), suspend(null, number)],
    locked: ({ number }) => [order(A, number), lock(number)],
    sub: ({ number }) => [order(A, number), { do: 'assign', by: A, number }],
    releasing: ({ number }) => [order(A, number), release(A, number, 'vobiz')],
    releasing_late: ({ number }) => [order(A, number), release(A, number, 'vobiz'), wait(DAY_MS)],
    quarantined: ({ number }) => [order(A, number), release(A, number, 'vobiz_now')],
    theirs_waiting: ({ number }) => [order(B, number), release(B, number, 'vobiz_now')],
    theirs: ({ number }) => [order(B, number)],
  },
  commands: {
    reserve: ({ number }) => [reserve(A, number)],
    order: ({ number }) => [order(A, number)],
    buy_kros: ({ number }) => [{ do: 'buy', by: A, number, face: 'kros' }],
    buy_vobiz: ({ number }) => [{ do: 'buy', by: A, number, face: 'vobiz' }],
    kros_release: ({ number }) => [release(A, number, 'kros')],
    vobiz_release: ({ number }) => [release(A, number, 'vobiz')],
    vobiz_now: ({ number }) => [release(A, number, 'vobiz_now')],
    telnyx_release: ({ number }) => [release(A, number, 'telnyx')],
    keep: ({ number }) => [{ do: 'keep', by: A, number }],
    assign: ({ number }) => [{ do: 'assign', by: A, number }],
    unassign: ({ number }) => [{ do: 'unassign', by: A, number }],
    suspend: ({ number }) => [suspend(A, number)],
    resume: ({ number }) => [suspend(A, number, false)],
    lock: ({ number }) => [lock(number)],
    block: ({ number }) => [suspend(null, number)],
    order_theirs: ({ number }) => [order(B, number)],
  },
  stateOf: (world, { number }) => nameOf(numberAt(world.model, number), world.api.clock.now()),
};

function nameOf(one: ModelNumber, now: number): string {
  if (one.lifecycle === 'available') {
    if (isKept(one, now)) return one.kept?.by === A ? 'kept' : 'kept_by_other';
    return one.availableAt !== null && one.availableAt > now ? 'quarantined' : 'stock';
  }
  if (one.suspendedBy.includes('platform') && one.lifecycle === 'active') return 'blocked';
  if (one.holder === B) return 'theirs';
  if (one.lifecycle !== 'active') return one.lifecycle;
  if (one.suspendedBy.length > 0) return 'suspended';
  if (one.lock) return 'locked';
  return one.holder === A1 ? 'sub' : 'active';
}

const offer = (of: Subject, name: 'tax' | 'name' | 'code', value: string): Command => ({
  do: 'offer',
  by: A,
  order: of.order,
  scope: { item: 0 },
  name,
  value,
});
const review = (of: Subject, verdict: 'approved' | 'declined'): Command => ({
  do: 'review',
  order: of.order,
  scope: { sub: 0 },
  only: null,
  verdict,
});
const given = (of: Subject): readonly Command[] => [order(A, of.local), offer(of, 'tax', 'ok'), offer(of, 'name', 'ok')];
const group = (values: { tax?: string; name?: string } = { tax: 'ok', name: 'ok' }): Command => ({
  do: 'group',
  by: A,
  type: 'local',
  values,
});
const judge = (of: Subject, verdict: 'approved' | 'declined'): Command => ({ do: 'judge', group: of.group, verdict });
const submit = (of: Subject, by: number = A): Command => ({ do: 'submit', by, group: of.group });
const attach = (of: Subject): Command => ({ do: 'attach', by: A, order: of.order, scope: { item: 0 }, group: of.group });
const deadline = (of: Subject, inMs: number): Command => ({ do: 'deadline', order: of.order, item: 0, inMs });

export const orderMachine: Machine = {
  states: {
    unset: ({ local }) => [order(A, local)],
    provided: given,
    rejected: (of) => [...given(of), review(of, 'declined')],
    overdue: ({ local }) => [order(A, local), wait(DEADLINE_MS)],
    success: (of) => [...given(of), review(of, 'approved')],
    plain: ({ national }) => [order(A, national)],
    cancelled: (of) => [order(A, of.local), { do: 'cancel', by: A, order: of.order, sub: 0 }],
    expired: ({ local }) => [order(A, local), wait(DEADLINE_MS), { do: 'work' }],
    deleted: (of) => [...given(of), review(of, 'approved'), release(A, of.local, 'kros')],
  },
  commands: {
    offer: (of) => [offer(of, 'name', 'ok')],
    offer_bad: (of) => [offer(of, 'tax', 'much too long')],
    offer_unknown: (of) => [offer(of, 'code', 'ok')],
    rename: (of) => [{ do: 'rename', by: A, order: of.order, to: 'ours' }],
    cancel: (of) => [{ do: 'cancel', by: A, order: of.order, sub: 0 }],
    attach: (of) => [group(), submit(of), judge(of, 'approved'), attach(of)],
    approve: (of) => [review(of, 'approved')],
    decline: (of) => [review(of, 'declined')],
    deadline: (of) => [deadline(of, DAY_MS)],
    past: (of) => [deadline(of, -DAY_MS)],
    release: (of) => [release(A, of.number, 'telnyx')],
    foreign: (of) => [{ do: 'cancel', by: B, order: of.order, sub: 0 }],
  },
  stateOf({ model }, of) {
    const item = model.orders[of.order]?.items[0];
    if (item === undefined) return 'none';
    return item.status === 'pending' ? (PROGRESS[progressOf(item)] ?? 'unknown') : item.status;
  },
};
const PROGRESS: Readonly<Record<string, string>> = {
  'requirement-info-pending': 'unset',
  'requirement-info-under-review': 'provided',
  'requirement-info-exception': 'rejected',
};

const fill = (of: Subject, name: 'tax' | 'code', value: string): Command => ({ do: 'fill', by: A, group: of.group, name, value });

export const groupMachine: Machine = {
  states: {
    empty: () => [group({})],
    full: () => [group()],
    in_review: (of) => [group(), submit(of)],
    approved: (of) => [group(), submit(of), judge(of, 'approved')],
    declined: (of) => [group(), submit(of), judge(of, 'declined')],
    expired: (of) => [group(), submit(of), judge(of, 'approved'), wait(GROUP_VALID_MS)],
    deleted: (of) => [group(), { do: 'drop', by: A, group: of.group }],
  },
  commands: {
    fill: (of) => [fill(of, 'tax', 'no')],
    fill_bad: (of) => [fill(of, 'tax', 'much too long')],
    fill_unknown: (of) => [fill(of, 'code', 'ok')],
    fill_same: (of) => [fill(of, 'tax', 'ok')],
    submit: (of) => [submit(of)],
    approve: (of) => [judge(of, 'approved')],
    decline: (of) => [judge(of, 'declined')],
    drop: (of) => [{ do: 'drop', by: A, group: of.group }],
    attach: (of) => [order(A, of.local), attach(of)],
    order: (of) => [order(A, of.local2, of.group)],
    foreign: (of) => [submit(of, B)],
  },
  stateOf({ model, api }, of) {
    const found = model.groups[of.group];
    if (found === undefined || found.deleted) return 'deleted';
    if (found.state !== 'unapproved') return groupState(found, api.clock.now());
    return [...found.values.values()].includes(null) ? 'empty' : 'full';
  },
};

const extend = (of: Subject, by: number = A): Command => ({ do: 'extend', by, reservation: of.reservation });

export const reservationMachine: Machine = {
  states: {
    kept: ({ national }) => [reserve(A, national)],
    partly_sold: ({ national, national2 }) => [reserve(A, national, national2), order(A, national2)],
    extended_twice: (of) => [reserve(A, of.national), extend(of), extend(of)],
    sold: ({ national }) => [reserve(A, national), order(A, national)],
    over: ({ national }) => [reserve(A, national), wait(KEEP_MS)],
    kept_again: ({ national }) => [reserve(A, national), wait(KEEP_MS), reserve(B, national)],
  },
  commands: {
    extend: (of) => [extend(of)],
    extend_foreign: (of) => [extend(of, B)],
    order: ({ national }) => [order(A, national)],
    order_other: ({ national }) => [order(B, national)],
    reserve: ({ national }) => [reserve(A, national)],
    reserve_other: ({ national }) => [reserve(B, national)],
  },
  stateOf({ model, api }, { national, reservation }) {
    const one = numberAt(model, national);
    if (one.lifecycle !== 'available') return 'sold';
    return one.kept?.reservation === reservation && isKept(one, api.clock.now()) ? 'kept' : 'over';
  },
};

/** Enough for every number of a table. */
export const RICH: readonly Command[] = [A, B].map((account) => ({ do: 'credit', account, amountMinor: 500_000 }));

/** What is reserved is so no more. */
export const LATER: Command = wait(4 * KEEP_MS);
