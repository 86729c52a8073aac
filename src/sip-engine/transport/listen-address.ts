import { isIP } from 'node:net';
import { err, ok, type Result } from '../../kit/result.ts';
import { bracketed, hostPort, PROTOCOLS, type Protocol } from '../../kit/sip-names/sip-transport.ts';

/** One address to listen on. */
export interface ListenAddress {
  readonly protocol: Protocol;
  /** Numeric; IPv6 without brackets. */
  readonly host: string;
  /** 0: the kernel chooses; UDP and TCP on one host get the same number. */
  readonly port: number;
  /** What peers outside the local networks are told in place of the bound address. */
  readonly external?: { readonly host: string; readonly port: number | undefined } | undefined;
}

/** Reads `udp/0.0.0.0:5060` or `tls/[::]:5061;external=203.0.113.5:5061`; the error says what is wrong. */
export function parseListenAddress(text: string): Result<ListenAddress, string> {
  const [address = '', ...parameters] = text.split(';');
  const slash = address.indexOf('/');
  const protocol = PROTOCOLS.find((name) => name === address.slice(0, Math.max(0, slash)).toLowerCase());
  if (protocol === undefined) return err(`"${text}" must start with ${PROTOCOLS.join('/, ')}/`);
  const at = splitHostAndPort(address.slice(slash + 1));
  if (at?.port === undefined) return err(`"${text}" needs address:port behind the transport, IPv6 in brackets`);
  if (isIP(at.host) === 0) return err(`"${text}" needs a numeric address`);
  let external: ListenAddress['external'];
  for (const parameter of parameters) {
    const given = parameter.startsWith('external=') ? splitHostAndPort(parameter.slice(9)) : undefined;
    if (given === undefined || given.port === 0) return err(`"${text}": only ;external=address[:port] may follow`);
    external = given;
  }
  return ok({ protocol, host: at.host, port: at.port, external });
}

/** The text `parseListenAddress` reads. */
export function formatListenAddress({ protocol, host, port, external }: ListenAddress): string {
  const outside =
    external === undefined
      ? ''
      : `;external=${external.port === undefined ? bracketed(external.host) : hostPort(external.host, external.port)}`;
  return `${protocol}/${hostPort(host, port)}${outside}`;
}

function splitHostAndPort(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const bracketEnd = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', bracketEnd + 1);
  const host = bracketEnd > 0 ? text.slice(1, bracketEnd) : colon < 0 ? text : text.slice(0, colon);
  if (host === '' || !/^[A-Za-z0-9.:-]+$/.test(host) || (bracketEnd > 0 && colon !== bracketEnd + 1 && bracketEnd + 1 !== text.length))
    return undefined;
  if (colon < 0) return { host, port: undefined };
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  return /^[0-9]{1,5}$/.test(digits) && port <= 65_535 ? { host, port } : undefined;
}
