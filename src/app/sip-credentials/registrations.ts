import { type Binding, loginMark } from '../../domain/binding.ts';
import { recordRef } from '../../domain/records.ts';
import { credentialRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Logger } from '../../kit/log.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Bindings, BindingsOf } from '../ports/bindings.ts';
import type { UnitOfWork } from '../ports/store.ts';

/** What looking at registrations needs. */
export interface RegistrationDeps {
  readonly bindings: Pick<Bindings, 'read' | 'forget'>;
}

interface ListDeps extends RegistrationDeps {
  readonly unitOfWork: UnitOfWork;
  /** Tells errors that say Redis cannot be read now from faults of ours. */
  isPlaneAway(error: unknown): boolean;
}

const UNKNOWN: RequestRefusal = { kind: 'not_found', resource: 'sip_user' };
const AWAY: RequestRefusal = { kind: 'unavailable', part: 'registrations', code: 'plane_unavailable', retryAfterSeconds: 1 };

const bindingsOf = (login: SipCredential): BindingsOf => ({
  credential: recordRef.credential(login.realm, login.username),
  login: loginMark(login),
});

/** Whether phones of these logins are registered now, in their order; nobody is while Redis does not answer, which is logged. */
export async function areRegistered(
  { bindings, log }: RegistrationDeps & { readonly log: Logger },
  logins: readonly SipCredential[],
): Promise<readonly boolean[]> {
  try {
    const found = await bindings.read(logins.map(bindingsOf));
    // A login that no trunk uses any more rings nobody, whoever registered with it before.
    return logins.map((login, at) => credentialRecord(login).enabled && (found[at] ?? []).length > 0);
  } catch (error) {
    log.warn('registrations cannot be read', { error: String(error) });
    return logins.map(() => false);
  }
}

/** Where the phones of a login are now. */
export async function listRegistrations(deps: ListDeps, id: string): Promise<Result<readonly Binding[], RequestRefusal>> {
  const login = await deps.unitOfWork.read((tx) => tx.credentials.get(id));
  if (login === null) return err(UNKNOWN);
  try {
    return ok((await deps.bindings.read([bindingsOf(login)]))[0] ?? []);
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(AWAY);
  }
}

/** Forgets where the phones of a login are; calls do not ring them until they register again, which nothing keeps them from. */
export async function endRegistrations(
  deps: ListDeps & ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Result<Changed<number>, RequestRefusal>> {
  const login = await deps.unitOfWork.read((tx) => tx.credentials.get(id));
  if (login === null) return err(UNKNOWN);
  let ended: number;
  try {
    ended = await deps.bindings.forget(bindingsOf(login).credential);
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(AWAY);
  }
  return change(deps, actor, async (tx) => {
    const accountId = login.subAccountId ?? login.accountId;
    // Where nothing was registered nothing changed (invariant 13).
    const row = {
      action: 'sip_credential.unregister',
      resource: `sip_credential:${id}`,
      accountId,
      before: { mode: login.mode, ended },
      after: null,
    };
    if (ended > 0) await tx.audit(row);
    return ok(ended);
  });
}
