/** True for the digest realms of a site: its domain, and `{auth_id}.{domain}` of each account (decision C13), without case. */
export function isRealmOf(domain: string, host: string): boolean {
  const own = domain.toLowerCase();
  const asked = host.toLowerCase();
  return asked === own || (asked.endsWith(`.${own}`) && /^(ma|sa)-[a-z0-9]{18}$/.test(asked.slice(0, -own.length - 1)));
}
