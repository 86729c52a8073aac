import type { Account, Role } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Lookups } from '../ports/store.ts';
import { type AuthDeps, authenticatePlatform } from './authenticate.ts';
import { authenticateKey } from './authenticate-key.ts';
import { WRONG_CREDENTIALS } from './identity.ts';

/** An auth id with its token, and the account whose path was asked for. */
export interface AuthIdClaim {
  /** null: a secret alone, which only the platform may present. */
  readonly authId: string | null;
  readonly secret: string;
  readonly pathAuthId: string;
  /** The mode asked for; heard of the platform, tokens have their own (decision B12). */
  readonly mode: Mode;
  readonly ip: string | null;
  readonly requestId: string;
}

const NO_SUCH_ACCOUNT: RequestRefusal = { kind: 'not_found', resource: 'account' };
const DISABLED: RequestRefusal = { kind: 'forbidden', detail: 'The account is disabled.' };

/**
 * Finds out who calls with an auth id and token, for the account in the path: the caller's own or one of its sub-accounts, never its
 * parent. Any other path answers as if there were no such account (decision B11). The platform key acts for every account (B10).
 */
export async function authenticateAuthId(deps: AuthDeps, claim: AuthIdClaim): Promise<Result<Actor, RequestRefusal>> {
  const { secret, ip, requestId, mode } = claim;
  const platform = authenticatePlatform(deps, secret, { ip, requestId, mode });
  const actor = await deps.unitOfWork.look(async (tx): Promise<Result<Actor, RequestRefusal>> => {
    const own = platform === null ? await callerOf(deps, tx, claim) : ok(null);
    if (!own.ok) return own;
    const account = await tx.accounts.byAuthId(claim.pathAuthId);
    if (account === null || account.status === 'closed') return err(NO_SUCH_ACCOUNT);
    if (own.value === null) return platform === null ? err(WRONG_CREDENTIALS) : ok({ ...platform, account });
    const { caller, ...who } = own.value;
    if (account.id !== caller.id && account.parentId !== caller.id) return err(NO_SUCH_ACCOUNT);
    return ok({ ...who, account, requestId, ip });
  });
  if (actor.ok && platform === null) deps.keyUse.used(actor.value.id, deps.clock.now());
  return actor;
}

interface Caller extends Pick<Actor, 'kind' | 'id' | 'scopes' | 'mode'> {
  readonly caller: Account;
  readonly role: Role;
}

async function callerOf(deps: AuthDeps, tx: Lookups, { authId, secret, ip }: AuthIdClaim): Promise<Result<Caller, RequestRefusal>> {
  const identity = await authenticateKey(tx, secret, ip, deps.clock.now());
  if (!identity.ok) return identity;
  const { kind, id, scopes, mode, accounts } = identity.value;
  const [own] = accounts ?? [];
  const caller = own === undefined ? null : await tx.accounts.get(own.accountId);
  // A token under another account's id is as wrong as an unknown one.
  if (own === undefined || caller === null || caller.authId !== authId || caller.status === 'closed') return err(WRONG_CREDENTIALS);
  const parent = caller.parentId === null ? null : await tx.accounts.get(caller.parentId);
  if (caller.status !== 'active' || (parent !== null && parent.status !== 'active')) return err(DISABLED);
  return ok({ kind, id, scopes, mode, role: own.role, caller });
}
