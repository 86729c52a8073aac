const URI_MAX = 256;

/** The host a digest-uri names, in lower case; null when it is no SIP URI. The caller asks whether that host is ours (decision C14). */
export function digestUriHost(uri: string): string | null {
  if (uri.length > URI_MAX) return null;
  const scheme = uri.slice(0, uri.indexOf(':') + 1).toLowerCase();
  if (scheme !== 'sip:' && scheme !== 'sips:') return null;
  const rest = uri.slice(scheme.length);
  const [hostPort = ''] = rest.slice(rest.lastIndexOf('@') + 1).split(/[;?]/, 1);
  const host = hostPort.startsWith('[') ? hostPort.slice(0, hostPort.indexOf(']') + 1) : (hostPort.split(':', 1)[0] ?? '');
  return /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)$/.test(host) ? host.toLowerCase() : null;
}
