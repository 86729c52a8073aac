import { timingSafeEqual } from 'node:crypto';
import type { Account } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { hashSecret } from '../accounts/issue-secret.ts';
import type { Actor } from '../actor.ts';
import type { Lookups, UnitOfWork } from '../ports/store.ts';
import { authenticateKey } from './authenticate-key.ts';
import { identityOfUser, verifySession } from './authenticate-session.ts';
import { chooseAccount } from './choose-account.ts';
import { type Identity, WRONG_CREDENTIALS } from './identity.ts';
import type { KeyUse } from './key-use.ts';
import type { SessionTokenVerifier } from './token-verifier.ts';

export interface AuthDeps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** The platform key of the admin face. */
  readonly platformKey: string;
  /** null: session tokens are not configured and every one is wrong. */
  readonly sessionTokens: SessionTokenVerifier | null;
  readonly keyUse: KeyUse;
}

/** What was presented, as the face told it apart. */
export type Presented =
  | { readonly kind: 'key'; readonly secret: string }
  | { readonly kind: 'session'; readonly token: string }
  | { readonly kind: 'platform'; readonly secret: string };

/** Where the request says it comes from and whom it is for. */
export interface Claim {
  readonly presented: Presented;
  /** The account named beside the credentials, by its uuid; null: none named. */
  readonly accountId: string | null;
  /** The mode asked for; heard of sessions and the platform, keys have their own (decision B12). */
  readonly mode: Mode;
  readonly ip: string | null;
  readonly requestId: string;
}

/** Finds out who is calling and for which account, in one trip to the store (decisions B10, B11, B20). */
export async function authenticate(deps: AuthDeps, claim: Claim): Promise<Result<Actor, RequestRefusal>> {
  const { presented, requestId, ip } = claim;
  // Session keys may have to be fetched: not while holding a connection.
  const user = presented.kind === 'session' ? await verifySession(deps, presented.token) : null;
  if (user !== null && !user.ok) return user;
  const actor = await deps.unitOfWork.look(async (lookups): Promise<Result<Actor, RequestRefusal>> => {
    // One trip: most keys act for their own account.
    const own = presented.kind === 'key' ? accountsOfKey(lookups, presented.secret) : [];
    const who = user === null ? identify(deps, lookups, claim) : identityOfUser(lookups, user.value, claim.mode).then(ok);
    // Awaited together: a lost connection fails both, and a failure that nobody waits for would end the process.
    const [known, identity] = await Promise.all([own, who]);
    if (!identity.ok) return identity;
    const accounts = { get: async (id: string) => known.find((account) => account.id === id) ?? lookups.accounts.get(id) };
    const chosen = await chooseAccount(accounts, identity.value, claim.accountId);
    if (!chosen.ok) return chosen;
    const { kind, id, scopes, mode } = identity.value;
    return ok({ kind, id, scopes, mode, ...chosen.value, requestId, ip });
  });
  if (actor.ok && presented.kind === 'key') deps.keyUse.used(actor.value.id, deps.clock.now());
  return actor;
}

/** The platform acting on its own resources; null when the secret is not the platform key. */
export function authenticatePlatform(deps: AuthDeps, secret: string, origin: Pick<Claim, 'ip' | 'requestId' | 'mode'>): Actor | null {
  if (!isPlatformKey(deps, secret)) return null;
  return { kind: 'platform', id: 'platform', account: null, role: 'owner', scopes: null, ...origin };
}

const accountsOfKey = ({ accounts }: Lookups, secret: string): Promise<readonly Account[]> => accounts.ofKey(hashSecret(secret));

function identify(deps: AuthDeps, lookups: Lookups, { presented, ip, mode }: Claim): Promise<Result<Identity, RequestRefusal>> {
  if (presented.kind === 'key') return authenticateKey(lookups, presented.secret, ip, deps.clock.now());
  const platform: Identity = { kind: 'platform', id: 'platform', scopes: null, mode, accounts: null };
  return Promise.resolve(presented.kind === 'platform' && isPlatformKey(deps, presented.secret) ? ok(platform) : err(WRONG_CREDENTIALS));
}

/** Compared as hashes: equal lengths whatever was sent, and in constant time. */
const isPlatformKey = (deps: AuthDeps, secret: string): boolean => timingSafeEqual(hashSecret(secret), hashSecret(deps.platformKey));
