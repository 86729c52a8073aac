import { isRealmOf } from '../domain/realm.ts';

/** Which host names and addresses in URIs are ours, and which of them are digest realms (decisions B19, C13). */
export interface OwnHosts {
  has(host: string): boolean;
  /** The realm to challenge in: the host itself where it is one of ours, else the domain. */
  realmFor(host: string): string;
  isRealm(realm: string): boolean;
}

/** `isAddress` is asked each time, in lower case: servers come and go. */
export function ownHosts(domain: string, isAddress: (host: string) => boolean): OwnHosts {
  const own = domain.toLowerCase();
  const isRealm = (realm: string): boolean => isRealmOf(own, realm);
  return {
    isRealm,
    has: (host) => isRealm(host) || isAddress(host.toLowerCase()),
    realmFor: (host) => (isRealm(host) ? host.toLowerCase() : own),
  };
}
