import { expect } from 'vitest';
import type { World } from './histories-world.ts';
import {
  groupState,
  isMet,
  type ModelGroup,
  type ModelItem,
  type ModelOrder,
  type ModelValue,
  progressOf,
  statusOfOrder,
  statusOfSub,
  subsOf,
  typeOf,
} from './machine-state.ts';

const timeOrNull = (at: string | null | undefined): number | null => (at === null || at === undefined ? null : Date.parse(at));
// biome-ignore lint/suspicious/noExplicitAny: rows of answers.
type Row = any;
const byId = (rows: readonly Row[], show: (row: Row) => unknown): Record<string, unknown> =>
  Object.fromEntries(rows.map((row) => [row.id, show(row)]));

/** Orders, sub-orders, items, groups and reservations of an account as the Telnyx face lists them. */
export async function comparePapers(world: World, eye: number): Promise<void> {
  const { api, accounts } = world;
  const { key = '' } = accounts[eye] ?? {};
  const get = (path: string) => api.call('GET', `${path}?page[size]=250`, { key });
  const [orders, subs, items, groups, reservations] = await Promise.all([
    get('/v2/number_orders'),
    get('/v2/sub_number_orders'),
    get('/v2/number_order_phone_numbers'),
    api.call('GET', '/v2/requirement_groups', { key }),
    get('/v2/number_reservations'),
  ]);
  const shown = {
    orders: byId(orders.body.data, (row) => [row.status, row.requirements_met, row.customer_reference ?? null]),
    subs: byId(subs.body.data, (row) => [row.order_request_id, row.phone_number_type, row.status, row.requirements_met]),
    items: byId(items.body.data, (row) => [
      row.phone_number,
      row.status,
      row.requirements_status,
      timeOrNull(row.deadline),
      row.regulatory_requirements.map((each: Row) => each.field_value ?? null),
    ]),
    groups: byId(groups.body, (row) => [
      row.status,
      row.phone_number_type,
      row.regulatory_requirements.map((each: Row) => each.field_value ?? null),
    ]),
    reservations: byId(reservations.body.data, (row) => [
      row.status,
      row.phone_numbers.map((each: Row) => [each.phone_number, each.status, timeOrNull(each.expired_at)]),
    ]),
  };
  expect(shown, `papers of account ${eye}`).toEqual(expectedPapers(world, eye));
}

function expectedPapers(world: World, eye: number) {
  const { model, numbers, api } = world;
  const now = api.clock.now();
  const papers: Record<'orders' | 'subs' | 'items' | 'groups' | 'reservations', Record<string, unknown>> = {
    orders: {},
    subs: {},
    items: {},
    groups: {},
    reservations: {},
  };
  for (const [index, order] of model.orders.entries())
    if (order.holder === eye) Object.assign(papers.orders, orderRow(world, index, order));
  for (const [index, order] of model.orders.entries()) {
    if (order.holder !== eye) continue;
    Object.assign(papers.subs, subRows(world, index, order));
    Object.assign(papers.items, itemRows(world, index, order));
  }
  for (const [index, group] of model.groups.entries()) {
    if (group.holder === eye && !group.deleted)
      papers.groups[world.groups[index] ?? ''] = [groupWord(group, now), group.type, [...group.values.values()]];
  }
  for (const [index, { by, places }] of model.reservations.entries()) {
    if (by !== eye) continue;
    const isWhole = places.every(({ error }) => error === null);
    papers.reservations[world.reservations[index] ?? ''] = [
      isWhole ? 'success' : 'partial_success',
      places.map(({ number, error, until }) => [numbers[number]?.e164, error === null ? 'success' : 'failure', until]),
    ];
  }
  return papers;
}

const groupWord = (group: ModelGroup, now: number): string => {
  const state = groupState(group, now);
  return state === 'in_review' ? 'pending-approval' : state;
};
const orderRow = ({ orders }: World, index: number, order: ModelOrder) => ({
  [orders[index]?.id ?? '']: [statusOfOrder(order), order.items.every(isMet), order.reference],
});
const subRows = ({ orders }: World, index: number, order: ModelOrder) =>
  Object.fromEntries(
    subsOf(order).map((type, sub) => {
      const met = order.items.filter(({ number }) => typeOf(number) === type).every(isMet);
      return [orders[index]?.subs[sub], [orders[index]?.id, type, statusOfSub(order, sub), met]];
    }),
  );
const itemRows = ({ orders, numbers }: World, index: number, order: ModelOrder) =>
  Object.fromEntries(
    order.items.map((item, place) => [
      orders[index]?.items[place],
      [numbers[item.number]?.e164, item.status, progressOf(item), item.deadline, item.values.map(({ value }) => value)],
    ]),
  );

const VALUE_WORDS: Readonly<Record<ModelValue['status'], string | undefined>> = {
  unset: undefined,
  provided: 'pending-approval',
  approved: 'approved',
  rejected: 'declined',
};

/** One order to the bottom: every value with its status, as the platform and as its holder see it, and its version. */
export async function compareOrder(world: World, index: number): Promise<void> {
  const { api, model, orders, accounts } = world;
  const order = model.orders[index] as ModelOrder;
  const { id = '', subs = [], items = [] } = orders[index] ?? {};
  const { key = '', account } = accounts[order.holder] ?? {};
  const [whole, listed, ...parts] = await Promise.all([
    api.call('GET', `/number_orders/${id}`, { key }),
    // The platform has no order by its id; a page of a few is cheap.
    orders.length > 20 ? null : api.admin('GET', `/orders?limit=20&account_id=${account?.id}`),
    ...subs.map((sub) => api.call('GET', `/sub_number_orders/${sub}?filter[include_phone_numbers]=true`, { key })),
    ...items.map((item) => api.admin('GET', `/order-items/${item}`)),
  ]);
  expect(whole?.body.data.status).toBe(statusOfOrder(order));
  const admin = listed?.body.data.find((row: Row) => row.id === id);
  const whether = [statusOfOrder(order), order.version, order.items.every(isMet)];
  if (listed !== null) expect([admin.status, admin.version, admin.requirements_met], `order ${index}`).toEqual(whether);
  const statuses = new Map<string, unknown>();
  for (const { body } of parts.slice(0, subs.length)) {
    for (const each of body.data.phone_numbers) statuses.set(each.id, valuesWith(each.regulatory_requirements));
  }
  for (const [place, item] of order.items.entries()) {
    const { body } = parts[subs.length + place] ?? {};
    expect(statuses.get(items[place] ?? ''), `values of item ${place}`).toEqual(
      item.values.map(({ value, status }) => [value, VALUE_WORDS[status]]),
    );
    expect(itemOf(body), `item ${place}`).toEqual(expectedItem(item));
  }
}

const valuesWith = (rows: readonly Row[]) => rows.map(({ field_value: value, status }) => [value ?? null, status]);
const itemOf = (body: Row) => ({
  status: body.status,
  progress: body.requirements_status,
  deadline: timeOrNull(body.deadline),
  values: body.requirements.map(({ value, status }: Row) => [value, status]),
});
const expectedItem = (item: ModelItem) => ({
  status: item.status,
  progress: progressOf(item),
  deadline: item.deadline,
  values: item.values.map(({ value, status }) => [value, status]),
});

/** A group to the bottom, as a reviewer sees it, with its version. */
export async function compareGroup(world: World, index: number): Promise<void> {
  const { api, model, groups } = world;
  const group = model.groups[index] as ModelGroup;
  const answer = await api.admin('GET', `/reviews/${groups[index]}`);
  if (group.deleted) return expect(answer.status).toBe(404);
  const state = groupState(group, api.clock.now());
  const values = [...group.values.values()].map((value) => [value, value === null ? 'unset' : state]);
  const { body } = answer;
  expect([body.status, body.version, body.requirements.map(({ value, status }: Row) => [value, status])]).toEqual([
    state,
    group.version,
    values,
  ]);
}
