import type { Holder } from './account.ts';
import type { DestinationList } from './destinations.ts';
import { type WantedLease, wantedLease } from './lease.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { PLATFORM_ROUTE_SET, recordRef } from './records.ts';

/** The account side of a call: whose it is, whether it may call at all, and which route sets it may use in order. */
export interface HolderAccount {
  readonly holder: Holder;
  /** Owner and sub-account are both there and active. */
  readonly active: boolean;
  /** Calls out of the owner or of the sub-account were stopped by the guard. */
  readonly outboundStopped: boolean;
  readonly country: string | null;
  readonly routeSetIds: readonly string[];
  /** Of the owner and of the sub-account, as far as they are there. */
  readonly leases: readonly WantedLease[];
  /** Of the owner and of the sub-account: a call has to suit both. */
  readonly destinations: readonly DestinationList[];
}

/** Reads owner and sub-account; an `accountId` that is itself a sub-account stands for that sub-account of its parent. */
export function* readHolderAccount(context: DecisionContext, accountId: string, subAccountId: string | null): Deciding<HolderAccount> {
  const leafId = subAccountId ?? accountId;
  const leaf = yield* readRecord(context, 'account', recordRef.account(leafId));
  const parentId = subAccountId === null ? (leaf?.parentId ?? null) : accountId;
  const parent = parentId === null ? null : yield* readRecord(context, 'account', recordRef.account(parentId));
  const active = leaf?.status === 'active' && (parentId === null || parent?.status === 'active');
  const own = [leaf?.routeSetId, parent?.routeSetId].filter((id) => id !== undefined);
  return {
    holder: parentId === null ? { ownerAccountId: leafId, subAccountId: null } : { ownerAccountId: parentId, subAccountId: leafId },
    active,
    outboundStopped: leaf?.outboundStopped === true || parent?.outboundStopped === true,
    country: leaf?.country ?? parent?.country ?? null,
    routeSetIds: [...new Set([...own, PLATFORM_ROUTE_SET])],
    leases: [parent, leaf].filter((record) => record !== null).map((record) => wantedLease('account', record)),
    destinations: [
      ...(parent?.destinations === undefined ? [] : [{ ...parent.destinations, list: 'account' as const }]),
      ...(leaf?.destinations === undefined ? [] : [{ ...leaf.destinations, list: parentId === null ? 'account' : 'sub_account' } as const]),
    ],
  };
}

/** Notes the state of the account as a step and returns it. */
export function noteAccount(context: DecisionContext, account: HolderAccount): boolean {
  note(context, 'account', account.active, { accountId: account.holder.ownerAccountId, subAccountId: account.holder.subAccountId });
  return account.active;
}

/** True for a record that belongs to the platform, to the owner or to the sub-account of this holder. */
export const isWithin = (holder: Holder, accountId: string | null): boolean =>
  accountId === null || accountId === holder.ownerAccountId || accountId === holder.subAccountId;
