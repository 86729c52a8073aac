import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';
import { type Actor, isPlatform } from './actor.ts';

const FORBIDDEN: RequestRefusal = {
  kind: 'forbidden',
  detail: 'force=true needs the scope cool_off:force, which only the platform grants.',
};

/** Allows a request as it is, or with force to the platform and to whom it gave the scope by name, whatever the role (decision B10). */
export function allowForce(actor: Actor, force: boolean): Result<void, RequestRefusal> {
  const granted = isPlatform(actor) || actor.scopes?.includes('cool_off:force') === true;
  return force && !granted ? err(FORBIDDEN) : ok(undefined);
}
