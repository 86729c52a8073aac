import type { AuthFact } from './call.ts';
import { isWithin, readHolderAccount } from './holder-account.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type CredentialRecord, isInForce, recordRef, type TrunkGroupRecord } from './records.ts';
import { compareIdentification, enabledGroups, type OwnedCalled, ownCaller, ownedCalled, type SourceGroup } from './source-groups.ts';

/** Who is calling which way: the outcome of the table of decision C1. Rule 1, the To tag, is the engine's. */
export type Direction =
  | { readonly kind: 'outbound'; readonly credential: CredentialRecord; readonly through: TrunkGroupRecord | null }
  | { readonly kind: 'outbound'; readonly customer: SourceGroup }
  | { readonly kind: 'inbound'; readonly found: OwnedCalled }
  | { readonly kind: 'not_ours'; readonly carrier: SourceGroup }
  | { readonly kind: 'ambiguous'; readonly customer: SourceGroup }
  | { readonly kind: 'challenge'; readonly stale: boolean; readonly failed: boolean }
  | { readonly kind: 'stranger' };

const ruled = (context: DecisionContext, rule: number, ok: boolean, facts: Readonly<Record<string, unknown>>): void =>
  note(context, 'direction', ok, { rule, ...facts });

/** Rule 2. A wrong answer is refused whatever the source: falling back to an address would hide a stolen or mistyped login. */
function* byCredential(context: DecisionContext, auth: Exclude<AuthFact, { result: 'none' }>): Deciding<Direction> {
  // Read even when the answer was wrong: a password changed a moment ago must undo this decision (invariant 3).
  const credential = yield* readRecord(context, 'credential', recordRef.credential(auth.realm, auth.username));
  const isCurrent = isInForce(credential, context.request.at);
  // A wrong answer reads no further: whether there is such a login, and what it belongs to, would show in the time it takes.
  const isRead = isCurrent && auth.result !== 'wrong';
  const through = isRead ? yield* trunkOf(context, credential) : null;
  const usable = isCurrent && through !== 'out of use';
  const result = usable || auth.result === 'wrong' ? auth.result : 'unusable';
  ruled(context, 2, result === 'valid', { auth: result, credentialId: usable ? credential.id : null });
  if (!usable || auth.result === 'wrong') return { kind: 'challenge', stale: false, failed: true };
  return auth.result === 'stale' ? { kind: 'challenge', stale: true, failed: false } : { kind: 'outbound', credential, through };
}

/** The trunk group of a login; one that is switched off, gone or only receives takes the login with it. */
function* trunkOf(context: DecisionContext, credential: CredentialRecord): Deciding<TrunkGroupRecord | null | 'out of use'> {
  if (credential.trunkGroupId === undefined) return null;
  const group = yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(credential.trunkGroupId));
  return group?.enabled === true && group.receivesOnly === undefined ? group : 'out of use';
}

/** Rules 3 and 4 where both match: a call from one customer to another's number is that number's inbound call. */
function* isForeign(context: DecisionContext, customer: SourceGroup, found: OwnedCalled): Deciding<boolean> {
  const { accountId } = customer.group;
  if (accountId === null) return true;
  const { holder } = yield* readHolderAccount(context, accountId, null);
  return !isWithin(holder, found.number.ownerAccountId);
}

function* byCustomer(context: DecisionContext, customers: readonly SourceGroup[], found: OwnedCalled | null): Deciding<Direction> {
  const [customer, next] = customers as [SourceGroup, SourceGroup | undefined];
  if (found !== null && (yield* isForeign(context, customer, found))) return inbound(context, found);
  if (next !== undefined && compareIdentification(customer.source, next.source) === 0) {
    ruled(context, 3, false, { ambiguous: [customer.group.id, next.group.id] });
    return { kind: 'ambiguous', customer };
  }
  ruled(context, 3, true, { direction: 'outbound', trunkGroupId: customer.group.id, entry: customer.source.entry });
  return { kind: 'outbound', customer };
}

function inbound(context: DecisionContext, found: OwnedCalled): Direction {
  ruled(context, 4, true, { direction: 'inbound', trunkGroupId: found.group.id, called: found.called });
  return { kind: 'inbound', found };
}

function* byCarrier(context: DecisionContext, carrier: SourceGroup): Deciding<Direction> {
  const caller = yield* ownCaller(context, carrier);
  if (caller !== null) {
    ruled(context, 5, false, { caller, trunkGroupId: carrier.group.id });
    return { kind: 'challenge', stale: false, failed: false };
  }
  ruled(context, 6, false, { trunkGroupId: carrier.group.id });
  return { kind: 'not_ours', carrier };
}

/** Rules 2 to 8 of decision C1; the first that matches wins and is noted as the step `direction`. */
export function* decideDirection(context: DecisionContext): Deciding<Direction> {
  const { request } = context;
  if (request.auth.result !== 'none') return yield* byCredential(context, request.auth);
  const groups = yield* enabledGroups(context);
  const customers = groups.filter(({ group }) => group.groupKind === 'customer');
  const carriers = groups.filter(({ group }) => group.groupKind === 'carrier');
  const found = yield* ownedCalled(context, carriers);
  if (customers.length > 0) return yield* byCustomer(context, customers, found);
  if (found !== null) return inbound(context, found);
  const [carrier] = carriers;
  if (carrier !== undefined) return yield* byCarrier(context, carrier);
  if (request.requestHostIsOurs) {
    ruled(context, 7, false, { requestHostIsOurs: true });
    return { kind: 'challenge', stale: false, failed: false };
  }
  ruled(context, 8, false, { requestHostIsOurs: false });
  return { kind: 'stranger' };
}
