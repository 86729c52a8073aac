import type { Endpoint } from '../../domain/endpoint.ts';
import { type Actor, isPlatform } from '../actor.ts';

/** True when the actor's account has the endpoint, in its own mode; the platform on its own behalf has all (decision B12). */
export const isOwnEndpoint = (actor: Actor, endpoint: Endpoint): boolean =>
  actor.account === null ? isPlatform(actor) : endpoint.accountId === actor.account.id && endpoint.mode === actor.mode;
