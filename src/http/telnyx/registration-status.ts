import { areRegistered, type RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import type { ShownTrunk } from '../../app/trunk-groups/show-trunk.ts';
import type { Logger } from '../../kit/log.ts';

// A connection may have any number of credentials made on demand: beyond this many of one request they are taken for not registered.
const LOGINS_ASKED_MAX = 1000;

/** Ids of the trunk groups that some phone or switch is registered with now, by their own logins or, of those made on demand, the newest. */
export async function registeredTrunks(
  deps: RegistrationDeps & { readonly log: Logger },
  shown: readonly ShownTrunk[],
): Promise<ReadonlySet<string>> {
  const logins = shown.flatMap(({ group, logins: all }) => all.map((login) => ({ groupId: group.id, login })));
  const own = logins.filter(({ login }) => login.purpose === 'trunk');
  const issued = logins.filter(({ login }) => login.purpose !== 'trunk').toSorted((a, b) => b.login.createdAt - a.login.createdAt);
  const asked = [...own, ...issued].filter(({ login }) => login.enabled).slice(0, LOGINS_ASKED_MAX);
  const registered = await areRegistered(
    deps,
    asked.map(({ login }) => login),
  );
  return new Set(asked.flatMap(({ groupId }, index) => (registered[index] === true ? [groupId] : [])));
}

/** The vendor's words; the others of his tell of registrations of his at others. */
export const registrationWord = (isRegistered: boolean) => (isRegistered ? 'Registered' : 'Not Registered');
