import type { NewBinding } from '../app/ports/bindings.ts';
import type { Binding, FlowSource } from '../domain/binding.ts';
import { BadValue, lineText, listOf, oneOf, orNull, parseMembers, wholeNumber } from './strict-json.ts';

const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;
const URI_MAX = 255;
const SERVER_MAX = 300;
const PATH_MAX = 8;
const USER_AGENT_MAX = 128;
const LIFETIME_SECONDS_MAX = 0xffff_ffff;

const RECEIVED_ON_MAX = 300;

/** A source as a list. */
export const packSource = ({ ip, port, transport, receivedOn }: FlowSource): unknown[] => [
  ...[ip, port, transport],
  ...(receivedOn === undefined ? [] : [receivedOn]),
];

/** A source from its list; throws BadValue on what is none. */
export function readSource(value: unknown): FlowSource {
  const [ip, port, transport, receivedOn] = listOf(value, 4, 'source');
  return {
    ip: lineText(ip, 64, 'address'),
    port: wholeNumber(port, 0, 65_535, 'port'),
    transport: oneOf(transport, TRANSPORTS, 'transport'),
    ...(receivedOn === undefined ? {} : { receivedOn: lineText(receivedOn, RECEIVED_ON_MAX, 'listener') }),
  };
}

/** What is kept of a contact besides its times. */
export function encodeBinding({ contact, q, server, source, viaSource, path, userAgent, expiresSeconds }: NewBinding): string {
  const always = { c: contact, q, s: server, f: packSource(source) };
  const more = { v: viaSource ? 1 : undefined, p: path.length === 0 ? undefined : path, u: userAgent || undefined, x: expiresSeconds };
  return JSON.stringify({ ...always, ...more });
}

const VALUE = /^([0-9]{1,16}) (\S{1,64}) ([0-9]{1,10}) (\S{1,200}) (\{.*\})$/s;

function bindingOf(id: string, value: string, nowMs: number, login: string): Binding | null {
  const [, expires, , , by, json] = VALUE.exec(value) ?? [];
  const remainingMs = Number(expires) - nowMs;
  if (json === undefined || by !== login || !(remainingMs > 0)) return null;
  const body = parseMembers(json);
  return {
    id,
    contact: lineText(body.c, URI_MAX, 'contact'),
    q: wholeNumber(body.q, 0, 1000, 'q'),
    remainingMs,
    ...ageOf(body.x, remainingMs),
    server: lineText(body.s, SERVER_MAX, 'server'),
    source: readSource(body.f),
    viaSource: orNull(body.v, (present) => wholeNumber(present, 0, 1, 'flag')) === 1,
    path: listOf(orNull(body.p, (present) => present) ?? [], PATH_MAX, 'path').map((uri) => lineText(uri, URI_MAX, 'path')),
    userAgent: orNull(body.u, (present) => lineText(present, USER_AGENT_MAX, 'user agent')) ?? '',
  };
}

/** Bindings of before did not tell how long they were for. */
function ageOf(lifetime: unknown, remainingMs: number): Pick<Binding, 'ageMs'> {
  const seconds = orNull(lifetime, (present) => wholeNumber(present, 0, LIFETIME_SECONDS_MAX, 'lifetime'));
  return seconds === null ? {} : { ageMs: Math.max(0, seconds * 1000 - remainingMs) };
}

/** The bindings a hash holds for a login as it is now; those of another password, past ones and unreadable ones are none. */
export function readBindings(nowText: unknown, fields: readonly unknown[], login: string): Binding[] {
  const found: Binding[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    try {
      const binding = bindingOf(String(fields[at]), String(fields[at + 1]), Number(nowText), login);
      if (binding !== null) found.push(binding);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
    }
  }
  return found;
}
