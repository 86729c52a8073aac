import { createHash } from 'node:crypto';
import type { PhoneNumber } from '../../domain/number.ts';
import type { NumberOrder } from '../../domain/order.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { lockGroups } from '../requirements/own-group.ts';
import { accountOf } from '../tenant.ts';
import { auditOrder } from './audit-order.ts';
import { scopeOf } from './own-order.ts';
import { type OrderingDeps, placeOrder } from './place-order.ts';

export interface CreateOrderDeps extends ChangeDeps, OrderingDeps {
  /** Buying needs that the account was shown the number lately. */
  readonly requireSearch: boolean;
  /** How long ago `lately` is. */
  readonly searchValidMs: number;
  /** Countries whose numbers need a fulfilled requirement group where they have requirements; absent: none. */
  readonly groupCountries?: readonly string[];
}

export interface CreateOrderInput {
  readonly e164s: readonly string[];
  /** The requirement group of each number, in the same order; null: none. Absent: none at all. */
  readonly requirementGroupIds?: readonly (string | null)[];
  readonly customerReference: string | null;
  /** The integer id of a trunk group of the buyer's, where the numbers shall ring. */
  readonly trunkGroupExtId: string | null;
  readonly messagingProfileId: string | null;
  readonly billingGroupId: string | null;
  /** The client says that it sends this again after no answer came (decision B14). */
  readonly isRetry: boolean;
}

/** The order, and whether it had been placed before by the same request. */
export interface CreatedOrder {
  readonly order: NumberOrder;
  readonly replayed: boolean;
}

/** How long the retry of a client is recognised (decision B14). */
const RETRY_MS = 600_000;

/** Orders numbers, all of them or none; those without requirements are active in the same transaction. */
export function createOrder(
  deps: CreateOrderDeps,
  actor: Actor,
  input: CreateOrderInput,
  wait?: Wait,
): Promise<Result<Changed<CreatedOrder>, RequestRefusal>> {
  const { e164s, requirementGroupIds = [], isRetry: _, trunkGroupExtId, ...rest } = input;
  const requestSha256 = fingerprintOf(input);
  return change(
    deps,
    actor,
    async (tx): Promise<Result<CreatedOrder, RequestRefusal>> => {
      // The destination before the numbers: the order in which its deletion locks them.
      const trunkGroup = await lockTrunkGroup(tx, actor, trunkGroupExtId);
      if (!trunkGroup.ok) return trunkGroup;
      const groups = await lockGroups(tx, actor, requirementGroupIds);
      if (!groups.ok) return groups;
      const locked = new Map((await tx.numbers.lockManyByE164(actor.mode, e164s)).map((number) => [number.e164, number]));
      // Looked for under the locks: the first try, if it is still running, has them and will have committed by now.
      const before = input.isRetry ? await tx.orders.repeated(scopeOf(actor), requestSha256, deps.clock.now() - RETRY_MS) : null;
      if (before !== null) return ok({ order: before, replayed: true });
      const searched = await checkSearched(tx, deps, actor, e164s);
      if (!searched.ok) return searched;
      const numbers = e164s.map((e164): PhoneNumber | null => locked.get(e164) ?? null);
      const { value: group } = trunkGroup;
      const regulation = { groups: groups.value, groupCountries: deps.groupCountries ?? [] };
      const placing = { ...rest, ...regulation, trunkGroup: group, account: accountOf(actor), mode: actor.mode, numbers, requestSha256 };
      const placed = await placeOrder(tx, deps, placing, ok);
      if (!placed.ok) return placed;
      await auditOrder(tx, 'order.create', null, placed.value.order);
      return ok({ order: placed.value.order, replayed: false });
    },
    wait,
  );
}

const fingerprintOf = ({ isRetry: _, ...asked }: CreateOrderInput): Buffer => createHash('sha256').update(JSON.stringify(asked)).digest();

const NO_SUCH_GROUP: RequestRefusal = {
  kind: 'conflict',
  code: 'invalid_connection_id',
  detail: 'connection_id names no connection of yours.',
};

async function lockTrunkGroup(
  tx: Transaction,
  actor: Actor,
  extId: string | null,
): Promise<Result<NumberOrder['trunkGroup'], RequestRefusal>> {
  if (extId === null) return ok(null);
  const found = await tx.trunkGroups.byExtId(extId);
  const group = found === null ? null : await tx.trunkGroups.lock(found.id);
  const usable = group !== null && group.kind === 'customer' && group.accountId === accountOf(actor).id && group.mode === actor.mode;
  return usable ? ok({ id: group.id, extId: group.extId }) : err(NO_SUCH_GROUP);
}

const NOT_SEARCHED: RequestRefusal = {
  kind: 'conflict',
  code: 'search_required',
  detail: 'Search for the numbers before ordering them.',
};

async function checkSearched(
  tx: Transaction,
  deps: CreateOrderDeps,
  actor: Actor,
  e164s: readonly string[],
): Promise<Result<null, RequestRefusal>> {
  if (!deps.requireSearch) return ok(null);
  const since = deps.clock.now() - deps.searchValidMs;
  const seen = new Set(await tx.orders.searchedSince(accountOf(actor).id, actor.mode, e164s, since));
  return e164s.every((e164) => seen.has(e164)) ? ok(null) : err(NOT_SEARCHED);
}
