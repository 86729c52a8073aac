import { isIP } from 'node:net';
import type { SaidSender } from '../../app/calls/assume-sender.ts';
import { textField } from '../wire-fields.ts';

type CallSource = NonNullable<SaidSender['source']>;

const SOURCE =
  /^(?:\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?|([0-9.]{7,15})(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]{2,45}))(?:\/(udp|tcp|tls|wss?))?$/;

/** `ip[:port][/transport]`; IPv6 with a port in brackets. */
export function parseSource(text: string): CallSource | null {
  const [, bracketed, v6Port, v4, v4Port, v6, transport = 'udp'] = SOURCE.exec(text) ?? [];
  const ip = bracketed ?? v4 ?? v6 ?? '';
  const port = Number(v6Port ?? v4Port ?? 5060);
  if (isIP(ip) === 0 || port < 1 || port > 65535) return null;
  return { ip, port, transport: transport as 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' };
}

/** Where a call comes from, as text; `parseSource` never says null of it. */
export const sourceField = () => textField(80).refine((text) => parseSource(text) !== null, 'Must be ip[:port][/transport].');

/** As it was written. */
export const sourceText = ({ ip, port, transport }: CallSource): string => `${isIP(ip) === 6 ? `[${ip}]` : ip}:${port}/${transport}`;

/** `username` in the platform's realm, or `username@realm`. */
export function loginOf(text: string, sipDomain: string): { readonly realm: string; readonly username: string } {
  const at = text.lastIndexOf('@');
  return at < 0 ? { realm: sipDomain, username: text } : { realm: text.slice(at + 1), username: text.slice(0, at) };
}
