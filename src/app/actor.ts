import type { Account, Role } from '../domain/account.ts';
import type { Mode } from '../domain/records.ts';
import type { Once } from './idempotency/once.ts';

/** Who is calling, on whose behalf, and what the audit row will say of it. */
export interface Actor {
  readonly kind: 'platform' | 'key' | 'token' | 'user' | 'system';
  /** Id of the key, token or user; `platform` or the name of the job for the others. */
  readonly id: string;
  /** The account acted for; null only for the platform acting on the platform's own resources. */
  readonly account: Account | null;
  readonly role: Role;
  /** null: everything the role may do. `cool_off:force` must be named, whatever the role (decision B10). */
  readonly scopes: readonly string[] | null;
  readonly mode: Mode;
  readonly requestId: string;
  readonly ip: string | null;
  /** The platform said that this change may break what is expected of the plane. */
  readonly overridesExpectations?: true;
  /** There when the request came with an `Idempotency-Key`: its change then happens once (decision B14). */
  readonly once?: Once;
}

/** What a scope list adds to a role instead of limiting it (decision B10). */
const ADDED_SCOPE = 'cool_off:force';

/** True when the actor's scopes allow `scope`; no scopes at all, or only the added one, means the role decides. */
export function hasScope({ scopes }: Actor, scope: string): boolean {
  if (scopes === null || scopes.includes(scope)) return true;
  return scope !== ADDED_SCOPE && scopes.length > 0 && scopes.every((one) => one === ADDED_SCOPE);
}

/** True for the platform itself. */
export const isPlatform = (actor: Actor): boolean => actor.kind === 'platform' || actor.kind === 'system';
