import { isSipUri } from './endpoint.ts';

/** A SIP URI of a Contact or Path, taken apart; host in lower case and without brackets, parameters as they stand. */
export interface ContactUri {
  readonly scheme: 'sip' | 'sips';
  readonly user: string;
  readonly host: string;
  readonly port: number | null;
  readonly params: readonly string[];
}

/** Takes a SIP URI apart; null for anything that nobody could call. */
export function parseContactUri(text: string): ContactUri | null {
  if (!isSipUri(text)) return null;
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const at = rest.lastIndexOf('@');
  const [hostPort = '', ...params] = rest.slice(at + 1).split(';');
  const end = hostPort.startsWith('[') ? hostPort.indexOf(']') : hostPort.indexOf(':');
  const host = hostPort.startsWith('[') ? hostPort.slice(1, end) : end < 0 ? hostPort : hostPort.slice(0, end);
  const [, port] = /:([0-9]{1,5})$/.exec(hostPort.slice(host.length)) ?? [];
  return {
    scheme: text.slice(0, colon).toLowerCase() === 'sips' ? 'sips' : 'sip',
    user: at < 0 ? '' : rest.slice(0, at),
    host: host.toLowerCase(),
    port: port === undefined ? null : Number(port),
    params,
  };
}

/** What two writings of the same URI have in common (RFC 3261 §19.1.4, as far as registrations need it). */
export function contactUriKey({ scheme, user, host, port, params }: ContactUri): string {
  const ordered = params.map((param) => param.toLowerCase()).sort();
  return [`${scheme}:${user}@${host}:${port ?? ''}`, ...ordered].join(';');
}
