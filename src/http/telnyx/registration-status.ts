import { areRegistered, type RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import type { ShownTrunk } from '../../app/trunk-groups/show-trunk.ts';
import type { Logger } from '../../kit/log.ts';

// A connection may have any number of credentials made on demand.
const LOGINS_PER_TRIP = 500;

/** Ids of the trunk groups that some phone or switch is registered with now, by whichever of their logins. */
export async function registeredTrunks(
  deps: RegistrationDeps & { readonly log: Logger },
  shown: readonly ShownTrunk[],
): Promise<ReadonlySet<string>> {
  const logins = shown.flatMap(({ group, logins: all }) => all.map((login) => ({ groupId: group.id, login })));
  const found = new Set<string>();
  for (let at = 0; at < logins.length; at += LOGINS_PER_TRIP) {
    const some = logins.slice(at, at + LOGINS_PER_TRIP);
    const registered = await areRegistered(
      deps,
      some.map(({ login }) => login),
    );
    for (const [index, { groupId }] of some.entries()) if (registered[index] === true) found.add(groupId);
  }
  return found;
}

/** The vendor's words; the others of his tell of registrations of his at others. */
export const registrationWord = (isRegistered: boolean) => (isRegistered ? 'Registered' : 'Not Registered');
