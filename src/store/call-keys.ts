import type { CallFilter } from '../app/ports/calls.ts';
import type { PageRequest } from '../app/ports/store.ts';
import { idAt } from '../kit/ids.ts';
import { indexedCallId } from './call-facts.ts';
import { timestamp } from './timestamps.ts';

/** A query for the ids of one page of calls, newest first. */
export interface CallKeysQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * How far a call's start may lie from the time in its id. They are one reading of one clock; only a record whose first event has not
 * come yet starts later, by as much as that event is late.
 */
const APART_MS = 3_600_000;

type Bind = (value: unknown) => string;

/** One search: the calls themselves, or rows that lead to them. Either is ordered by call id in the index that finds it. */
interface Branch {
  /** Where their keys are found, and by which conditions; null: the calls are looked through themselves. */
  readonly by: { readonly table: 'call_attempts' | 'open_calls'; readonly rows: readonly string[] } | null;
  readonly calls: readonly string[];
}

/**
 * The keys of a page. Calls are ordered by their id, which is the order of their start: one column to sort and page by, and a range
 * of times prunes partitions. An "or" is a union of searches, each with its own index and limit.
 */
export function callKeysQuery(filter: CallFilter, page: PageRequest): CallKeysQuery {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const limit = bind(page.limit);
  const common = { plain: plainConditions(filter, bind), range: rangeConditions(filter, page, bind) };
  const branches = sidesOf(filter, bind).flatMap(({ of, caller }) =>
    branchesOf(filter, caller, bind).map((one) => ({ ...one, calls: [...one.calls, ...of] })),
  );
  const searches = branches.map((branch) => searchOf(branch, common, limit));
  const [only = ''] = searches;
  const text = searches.length === 1 ? only : `(${searches.join(') union (')}) order by call_id desc limit ${limit}`;
  return { text, values };
}

interface Common {
  /** Of the call. */
  readonly plain: readonly string[];
  /** Of the id, by `call_id`. */
  readonly range: readonly string[];
}

const all = (conditions: readonly string[]): string => (conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`);

function searchOf({ by, calls }: Branch, { plain, range }: Common, limit: string): string {
  const ofCall = [...calls, ...plain];
  if (by === null) {
    return `select c.call_id from calls c ${all([...ofCall, ...range.map((one) => `c.${one}`)])} order by c.call_id desc limit ${limit}`;
  }
  // Along the index of those rows, in the order of the page, and a look by key at each call: `offset 0` keeps it a look.
  const look =
    ofCall.length === 0
      ? ''
      : `cross join lateral (select from calls c where c.call_id = k.call_id and ${ofCall.join(' and ')} offset 0) c`;
  const ofRow = all([...by.rows, ...range.map((one) => `k.${one}`)]);
  return `select distinct on (k.call_id) k.call_id from ${by.table} k ${look} ${ofRow} order by k.call_id desc limit ${limit}`;
}

function branchesOf({ sipCallId, number, trunkGroupId, gatewayId, live }: CallFilter, caller: string, bind: Bind): readonly Branch[] {
  const eitherParty = (): string[] => (number === undefined ? [] : [`(c.called = ${bind(number)} or c.${caller} = ${bind(number)})`]);
  const attempt = (alias: string): string[] => [
    ...(trunkGroupId === undefined ? [] : [`${alias}.trunk_group_id = ${bind(trunkGroupId)}`]),
    ...(gatewayId === undefined ? [] : [`${alias}.gateway_id = ${bind(gatewayId)}`]),
  ];
  const passed = (): string[] => {
    const through = attempt('g');
    return through.length === 0 ? [] : [`exists (select from call_attempts g where g.call_id = c.call_id and ${through.join(' and ')})`];
  };
  if (sipCallId !== undefined) {
    const leg = bind(indexedCallId(sipCallId));
    const rest = [...eitherParty(), ...passed()];
    return [
      { by: null, calls: [`c.sip_call_id = ${leg}`, ...rest] },
      { by: { table: 'call_attempts', rows: [`k.sip_call_id = ${leg}`] }, calls: rest },
    ];
  }
  // Of all that were, few go on: those are listed by themselves.
  if (live === true) return [{ by: { table: 'open_calls', rows: [] }, calls: [...eitherParty(), ...passed()] }];
  const through = attempt('k');
  if (through.length > 0) return [{ by: { table: 'call_attempts', rows: through }, calls: eitherParty() }];
  if (number === undefined) return [{ by: null, calls: [] }];
  return ['called', caller].map((party) => ({ by: null, calls: [`c.${party} = ${bind(number)}`] }));
}

/** Whose call it is on one side, and the column of the caller as that side knows it. */
interface Side {
  readonly of: readonly string[];
  readonly caller: 'caller' | 'shown_caller';
}

/** A call between two accounts is found by either: each side has its own columns, and index. */
function sidesOf({ accountId, subAccountId, number, asShown }: CallFilter, bind: Bind): readonly Side[] {
  if (accountId === undefined && subAccountId === undefined) return [{ of: [], caller: 'caller' }];
  const whose = (prefix: string): string[] => [
    ...(accountId === undefined ? [] : [`c.${prefix}account_id = ${bind(accountId)}`]),
    ...(subAccountId === undefined ? [] : [`c.${prefix}sub_account_id = ${bind(subAccountId)}`]),
  ];
  // Of a call from outside the account is the called side too: by a caller who was withheld from it, it finds nothing.
  const isSearched = asShown === true && number !== undefined;
  const unlessWithheld = isSearched ? [`(c.shown_caller is null or c.called_account_id is not null or c.called = ${bind(number)})`] : [];
  return [
    { of: [...whose(''), ...unlessWithheld], caller: 'caller' },
    { of: whose('called_'), caller: asShown === true ? 'shown_caller' : 'caller' },
  ];
}

function plainConditions(filter: CallFilter, bind: Bind): string[] {
  const equal: readonly (readonly [string, unknown])[] = [
    ['number_id', filter.numberId],
    ['direction', filter.direction],
    ['mode', filter.mode],
    ['plane_mode', filter.planeMode],
    ['outcome', filter.outcome],
    ['sip_status', filter.sipStatus],
    ['refusal_code', filter.refusalCode],
  ];
  const conditions = equal.filter(([, value]) => value !== undefined).map(([column, value]) => `c.${column} = ${bind(value)}`);
  if (filter.live !== undefined) conditions.push(`c.ended_at is ${filter.live ? '' : 'not '}null`);
  if (filter.durationMinMs !== undefined) {
    conditions.push(`c.ended_at >= c.answered_at + ${bind(filter.durationMinMs)} * interval '1 millisecond'`);
  }
  if (filter.since !== undefined) conditions.push(`c.started_at >= ${bind(timestamp(filter.since))}`);
  if (filter.until !== undefined) conditions.push(`c.started_at < ${bind(timestamp(filter.until))}`);
  return conditions;
}

function rangeConditions({ since, until }: CallFilter, { after }: PageRequest, bind: Bind): string[] {
  return [
    ...(since === undefined ? [] : [`call_id >= ${bind(idAt(since - APART_MS))}`]),
    ...(until === undefined ? [] : [`call_id < ${bind(idAt(until + APART_MS))}`]),
    ...(after === null ? [] : [`call_id < ${bind(after.id)}`]),
  ];
}
