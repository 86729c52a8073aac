import type { Destinations } from './destinations.ts';
import type { Limits } from './lease.ts';
import type { Mode } from './records.ts';

/** A tenant, or a part of one. The tree is platform → account → sub-account. */
export interface Account {
  readonly id: string;
  readonly authId: string;
  readonly name: string;
  readonly kind: 'account' | 'sub_account';
  readonly parentId: string | null;
  readonly status: 'active' | 'disabled' | 'closed';
  readonly currency: string;
  readonly country: string | null;
  /** Absent: without limit. */
  readonly limits?: Limits | undefined;
  /** Where its calls may go; absent: anywhere. */
  readonly destinations?: Destinations | undefined;
  /** Since when the guard keeps its calls out back, product time in ms; absent: it does not. */
  readonly outboundStoppedAt?: number | undefined;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The account that pays and owns: the account itself, or a sub-account's parent (decision B13). */
export const payerOf = (account: Account): string => account.parentId ?? account.id;

/** Exactly who has a number: owner and, where it was handed down, sub-account (decision B29). */
export interface Holder {
  readonly ownerAccountId: string;
  readonly subAccountId: string | null;
}

/** The holder an account stands for when it buys or lists. */
export const holderOf = (account: Account): Holder =>
  account.parentId === null
    ? { ownerAccountId: account.id, subAccountId: null }
    : { ownerAccountId: account.parentId, subAccountId: account.id };

/** True when both name the same holder; null is "nobody" and equals no holder. */
export const sameHolder = (a: Holder | null, b: Holder | null): boolean =>
  a !== null && b !== null && a.ownerAccountId === b.ownerAccountId && a.subAccountId === b.subAccountId;

export type Role = 'owner' | 'admin' | 'member';

/** Everything a key may be limited to; a scope that nothing asks for would only look like a limit (decision B33). */
export const SCOPES = [
  'numbers:read',
  'numbers:write',
  'endpoints:read',
  'endpoints:write',
  'webhooks:read',
  'webhooks:write',
  'calls:read',
  'cool_off:force',
] as const;

/** A key as stored: the secret is only its hash. */
export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  readonly kind: 'key' | 'auth_token';
  readonly prefix: string;
  readonly mode: Mode;
  readonly role: Role;
  /** null: everything the role may do. */
  readonly scopes: readonly string[] | null;
  readonly allowedIps: readonly string[];
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly createdAt: number;
}

/** Money of one account in one mode. */
export interface Balance {
  readonly accountId: string;
  readonly mode: Mode;
  readonly currency: string;
  readonly walletMinor: number;
  readonly heldMinor: number;
}

/** What may still be spent. */
export const availableMinor = (balance: Balance): number => balance.walletMinor - balance.heldMinor;
