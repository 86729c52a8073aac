import type { Role } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Actor } from '../actor.ts';

/** The one answer to credentials that are unknown, revoked, expired or malformed: nobody learns which. */
export const WRONG_CREDENTIALS: RequestRefusal = {
  kind: 'unauthenticated',
  detail: 'The credentials are missing, wrong or no longer valid.',
};

/** Who an accepted credential stands for, before an account is chosen. */
export interface Identity {
  readonly kind: Actor['kind'];
  readonly id: string;
  readonly scopes: readonly string[] | null;
  readonly mode: Mode;
  /** Accounts it may act for together with their children, first one first; null: any. */
  readonly accounts: readonly { readonly accountId: string; readonly role: Role }[] | null;
}
