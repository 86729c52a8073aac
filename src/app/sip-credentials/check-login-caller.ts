import type { DefaultCaller } from '../../domain/default-caller.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, type Result } from '../../kit/result.ts';
import { checkDefaultCaller, type Presenting } from '../numbers/check-default-caller.ts';
import type { Transaction } from '../ports/store.ts';

/** Checks the default caller of a login that is new; a number's own login presents that number and no other (decision C13). */
export async function checkLoginCaller(
  tx: Transaction,
  login: Presenting & { readonly numberId: string | null },
  before?: DefaultCaller,
): Promise<Result<void, RequestRefusal>> {
  if (login.numberId !== null && login.defaultCaller !== undefined) {
    return err(invalidBody(['default_caller'], 'The login of a number presents that number.'));
  }
  return checkDefaultCaller(tx, login, before);
}
