import type { Account } from '../domain/account.ts';
import type { Actor } from './actor.ts';

/** The account an actor acts for. Throws where there is none: a face that serves tenants authenticates one first. */
export function accountOf(actor: Actor): Account {
  if (actor.account === null) throw new Error('this use case needs an actor with an account');
  return actor.account;
}
