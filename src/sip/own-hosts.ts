import { isRealmOf } from '../domain/realm.ts';
import { isDomainLabel } from '../domain/source-marks.ts';

/** Which host names and addresses in URIs are ours, and which of them are digest realms (decisions B19, C13). */
export interface OwnHosts {
  has(host: string): boolean;
  /** The realm to challenge in: the host itself where it is one of ours, else the domain. */
  realmFor(host: string): string;
  isRealm(realm: string): boolean;
  /** The label of a name below the domain that is no realm, in lower case: a trunk group may be told by it; null: no such name. */
  labelOf(host: string): string | null;
}

/** `isAddress` is asked each time, in lower case: servers come and go. */
export function ownHosts(domain: string, isAddress: (host: string) => boolean): OwnHosts {
  const own = domain.toLowerCase();
  const isRealm = (realm: string): boolean => isRealmOf(own, realm);
  const labelOf = (host: string): string | null => {
    const asked = host.toLowerCase();
    const label = asked.endsWith(`.${own}`) ? asked.slice(0, -own.length - 1) : '';
    return isDomainLabel(label) && !isRealm(asked) ? label : null;
  };
  return {
    isRealm,
    labelOf,
    has: (host) => isRealm(host) || labelOf(host) !== null || isAddress(host.toLowerCase()),
    realmFor: (host) => (isRealm(host) ? host.toLowerCase() : own),
  };
}
