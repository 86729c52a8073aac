import type { LoginName } from '../domain/login-name.ts';
import type { TrunkGroupRecord } from '../domain/records.ts';
import { lineText, listOf, orNull } from './strict-json.ts';

const LOGINS_MAX = 1000;
const NAME_MAX = 255;

/** The logins of a trunk group, each as realm and username; undefined: none. */
export const packLogins = (logins: readonly LoginName[] | undefined): [string, string][] | undefined =>
  logins?.map(({ realm, username }) => [realm, username]);

/** Reads what `packLogins` wrote; throws BadValue on anything else. */
export function readLogins(value: unknown): Pick<TrunkGroupRecord, 'logins'> {
  const logins = orNull(value, (present) => listOf(present, LOGINS_MAX, 'logins').map(readLogin));
  return logins === null ? {} : { logins };
}

function readLogin(value: unknown): LoginName {
  const [realm, username] = listOf(value, 2, 'login');
  return { realm: lineText(realm, NAME_MAX, 'realm'), username: lineText(username, NAME_MAX, 'username') };
}
