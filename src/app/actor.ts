import type { Account, Role } from '../domain/account.ts';
import type { Mode } from '../domain/records.ts';

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
}

/** True when the actor's scopes allow `scope`; no scopes at all means the role decides. */
export const hasScope = (actor: Actor, scope: string): boolean => actor.scopes === null || actor.scopes.includes(scope);

/** True for the platform itself. */
export const isPlatform = (actor: Actor): boolean => actor.kind === 'platform' || actor.kind === 'system';
