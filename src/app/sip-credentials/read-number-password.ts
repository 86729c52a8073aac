import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, change } from '../change.ts';
import { isOwnNumber } from '../numbers/own-number.ts';
import { unsealPassword } from './password.ts';

/** A number with its SIP login in clear; null where it has none. */
export interface NumberWithLogin {
  readonly number: PhoneNumber;
  readonly login: { readonly credential: SipCredential; readonly password: string } | null;
}

/** Reads a number with its SIP password. Each reading leaves an audit row (decision C13); answers must not be kept by anybody. */
export async function readNumberPassword(
  deps: ChangeDeps & { readonly sealer: Sealer },
  actor: Actor,
  numberId: string,
): Promise<Result<NumberWithLogin, RequestRefusal>> {
  const done = await change<NumberWithLogin>(deps, actor, async (tx) => {
    const number = await tx.numbers.get(numberId);
    if (number === null || !isOwnNumber(actor, number)) return err({ kind: 'not_found', resource: 'number' });
    const credential = await tx.credentials.ofNumber(numberId);
    if (credential === null) return ok({ number, login: null });
    const { id, username } = credential;
    await tx.audit({
      action: 'sip_credential.read',
      resource: `sip_credential:${id}`,
      accountId: credential.subAccountId ?? credential.accountId,
      before: null,
      after: { mode: credential.mode, numberId, username },
    });
    return ok({ number, login: { credential, password: unsealPassword(deps.sealer, credential) } });
  });
  return done.ok ? ok(done.value.value) : done;
}
