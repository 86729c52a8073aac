import { type Account, holderOf } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { decideOrder, type NumberMove, type OrderRequest, type PlacedOrder } from '../../domain/order-create.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { RequirementGroup } from '../../domain/requirement-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import type { Result } from '../../kit/result.ts';
import { saveOrdered } from '../numbers/save-number.ts';
import type { Transaction } from '../ports/store.ts';
import { type CredentialDeps, createNumberCredentials } from '../sip-credentials/create-number-credential.ts';
import { chargeOf } from './order-money.ts';

/** What placing and finishing orders takes. */
export interface OrderingDeps extends CredentialDeps {
  readonly clock: Clock;
  /** How long the values of an order may be outstanding. */
  readonly requirementDeadlineMs: number;
}

/** An order about to be placed; its numbers are locked. */
export interface Placing extends Omit<OrderRequest, 'buyer' | 'mode' | 'deadlineMs'> {
  readonly account: Account;
  readonly mode: Mode;
  /** As asked for; null: no such number. */
  readonly numbers: readonly (PhoneNumber | null)[];
  /** The requirement group of each number, in the same order; absent: none. */
  readonly groups?: readonly (RequirementGroup | null)[];
  /** Countries whose numbers need such a group; absent: none. */
  readonly groupCountries?: readonly string[];
}

/** An order for just these numbers. */
export const PLAIN = {
  customerReference: null,
  trunkGroup: null,
  messagingProfileId: null,
  billingGroupId: null,
  requestSha256: null,
} as const;

/**
 * Places an order inside a transaction: the one way in which numbers come into anybody's hands, whatever the face. Writes everything
 * but the audit row, which says what the caller did. Numbers are locked before the balance, by everybody.
 */
export async function placeOrder(
  tx: Transaction,
  deps: OrderingDeps,
  { account, mode, numbers, groups = [], groupCountries = [], ...rest }: Placing,
  accept: (placed: PlacedOrder) => Result<PlacedOrder, RequestRefusal>,
): Promise<Result<PlacedOrder, RequestRefusal>> {
  const countries = [...new Set(numbers.flatMap((number) => number?.country ?? []))];
  const [catalogue, balance] = await Promise.all([tx.requirements.ofCountries(countries), tx.ledger.lockBalance(account, mode)]);
  const nowMs = deps.clock.now();
  const request: OrderRequest = { ...rest, buyer: holderOf(account), mode, deadlineMs: deps.requirementDeadlineMs };
  const decided = decideOrder(request, { numbers, groups, groupCountries, catalogue, balance, nowMs }, newId);
  if (!decided.ok) return decided;
  const accepted = accept(decided.value);
  if (!accepted.ok) return accepted;
  await perform(tx, deps, decided.value, nowMs);
  return decided;
}

async function perform(tx: Transaction, deps: OrderingDeps, { order, moves }: PlacedOrder, at: number): Promise<void> {
  await tx.ledger.postAll(order.items.map((item) => chargeOf(order, item, at)));
  await tx.orders.insert(order);
  await putInUse(tx, deps, moves, at);
}

/** Saves and publishes ordered numbers; active ones get their SIP logins (decision C13). */
export async function putInUse(tx: Transaction, deps: CredentialDeps, moves: readonly NumberMove[], at: number): Promise<void> {
  await saveOrdered(tx, moves, 'number.purchase');
  const active = moves.flatMap(({ after }) => (after.lifecycle === 'active' ? [after] : []));
  await createNumberCredentials(tx, deps, active, at);
}
