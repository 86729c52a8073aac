import type { Account, Role } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { isUuid } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { AccountStore } from '../ports/store.ts';
import type { Identity } from './identity.ts';

interface Chosen {
  readonly account: Account;
  readonly role: Role;
}

/** Unknown, foreign and closed accounts read the same (decision B11). */
const NOT_YOURS: RequestRefusal = { kind: 'forbidden', detail: 'These credentials may not act for this organization.' };
const DISABLED: RequestRefusal = { kind: 'forbidden', detail: 'The account is disabled.' };

const invalidHeader = (message: string, problem: 'missing' | 'invalid'): RequestRefusal => ({
  kind: 'invalid',
  fields: [{ in: 'header', path: ['x-organization-id'], problem, message }],
});

/** Chooses the account a request is for: the one it names, else the first of the identity's own (decisions B10, B11). */
export async function chooseAccount(
  accounts: Pick<AccountStore, 'get'>,
  identity: Identity,
  accountId: string | null,
): Promise<Result<Chosen, RequestRefusal>> {
  if (accountId !== null && !isUuid(accountId)) return err(invalidHeader('Must be a UUID.', 'invalid'));
  if (identity.accounts === null && accountId === null) return err(invalidHeader('The platform key must name an organization.', 'missing'));
  const wanted = accountId?.toLowerCase() ?? identity.accounts?.[0]?.accountId;
  const account = wanted === undefined ? null : await accounts.get(wanted);
  if (account === null || account.status === 'closed') return err(NOT_YOURS);
  const role = roleIn(identity, account);
  if (role === null) return err(NOT_YOURS);
  // A disabled account's credentials are closed, and so are those of its sub-accounts; the platform still gets in (decision B29).
  if (identity.accounts !== null && !(await isEnabled(accounts, account))) return err(DISABLED);
  return ok({ account, role });
}

/** The role in an account or, for its sub-accounts, in the parent. */
function roleIn(identity: Identity, account: Account): Role | null {
  if (identity.accounts === null) return 'owner';
  const own = identity.accounts.find(({ accountId }) => accountId === account.id);
  const above = identity.accounts.find(({ accountId }) => accountId === account.parentId);
  return own?.role ?? above?.role ?? null;
}

async function isEnabled(accounts: Pick<AccountStore, 'get'>, account: Account): Promise<boolean> {
  if (account.status !== 'active') return false;
  if (account.parentId === null) return true;
  return (await accounts.get(account.parentId))?.status === 'active';
}
