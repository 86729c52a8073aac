import { skipBlanks, skipQuoted } from './characters.ts';
import { formatNameAddr, parseNameAddrs } from './name-addr.ts';
import type { SipHeader, SipMessage } from './sip-message.ts';

/** drachtio-srf looks for a boundary with a pattern whose cost grows with the square of this. */
const CONTENT_TYPE_LENGTH_MAX = 1024;
/** All lines together: drachtio-srf joins them and looks for the caller's number with a pattern of that kind. */
const IDENTITY_LENGTH_MAX = 4096;

type Check = (line: SipHeader, message: SipMessage) => boolean;

const isAddressList: Check = (line, message) => {
  const values = parseNameAddrs(line.value);
  if (values?.some((value) => value.odd)) {
    line.value = values.map(formatNameAddr).join(', ');
    message.raw = undefined;
  }
  return values !== undefined;
};

// Senders write `Refer-To: sip:a@b?Replaces=…` without the brackets that RFC 3261 §20 asks for; nothing else can be meant.
const isReferTarget: Check = (line, message) => isAddressList(line, message) || /^sips?:[^\s<>,"]+$/i.test(line.value);

// `scheme name=value, name=value, scheme name=…`: what drachtio-srf can read, its lines joined by commas.
const isCredentials: Check = ({ value }) => {
  for (let at = 0, first = true; ; first = false) {
    let name = skipBlanks(value, at);
    let equals = skipBlanks(value, endOfWord(value, name));
    if (value.charCodeAt(equals) !== 0x3d) {
      // A scheme: its first parameter follows.
      name = equals;
      equals = skipBlanks(value, endOfWord(value, name));
      if (name === at || isBreak(value.charCodeAt(name - 1)) || value.charCodeAt(equals) !== 0x3d) return false;
    } else if (first) return false;
    const start = skipBlanks(value, equals + 1);
    const end = value.charCodeAt(start) === 0x22 ? skipQuoted(value, start) : endOfValue(value, start);
    if (end <= start) return false;
    at = skipBlanks(value, end);
    if (at >= value.length) return true;
    if (value.charCodeAt(at) !== 0x2c) return false;
    at += 1;
  }
};

// `,` and `"`.
const isBreak = (code: number): boolean => code === 0x2c || code === 0x22;

function endOfValue(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) > 0x20 && !isBreak(text.charCodeAt(i))) i += 1;
  return i;
}

function endOfWord(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) > 0x20 && !isBreak(text.charCodeAt(i)) && text.charCodeAt(i) !== 0x3d) i += 1;
  return i;
}

/** What happens to a line that fails: the request is refused, or is shown without it, as if it had not been understood. */
const CHECKS: ReadonlyMap<string, { readonly passes: Check; readonly needed: boolean }> = new Map([
  ['route', { passes: isAddressList, needed: true }],
  ['record-route', { passes: isAddressList, needed: true }],
  ['path', { passes: isAddressList, needed: true }],
  ['refer-to', { passes: isReferTarget, needed: true }],
  ['content-type', { passes: ({ value }) => value.length <= CONTENT_TYPE_LENGTH_MAX, needed: true }],
  ['referred-by', { passes: isAddressList, needed: false }],
  ['p-asserted-identity', { passes: isAddressList, needed: false }],
  ['remote-party-id', { passes: isAddressList, needed: false }],
  // An application that finds none challenges, in a scheme it knows.
  ['authorization', { passes: isCredentials, needed: false }],
  ['proxy-authorization', { passes: isCredentials, needed: false }],
  ['www-authenticate', { passes: isCredentials, needed: false }],
  ['proxy-authenticate', { passes: isCredentials, needed: false }],
]);

/**
 * Finds the first of the headers an application may read that drachtio-srf cannot read, or only at a price, and that a request
 * cannot do without; others, and all of a response, are hidden from applications: whoever the message is passed on to may know them.
 * @returns its name, or undefined.
 */
export function screenHeaders(message: SipMessage): string | undefined {
  let contentTypes = 0;
  let identityLength = 0;
  for (const line of message.headers) {
    const check = CHECKS.get(line.id);
    if (check === undefined) continue;
    if (line.id === 'content-type') contentTypes += 1;
    if (line.id === 'p-asserted-identity') identityLength += line.value.length;
    if (check.passes(line, message) && contentTypes <= 1 && identityLength <= IDENTITY_LENGTH_MAX) continue;
    if (check.needed && message.kind === 'request') return line.name;
    line.hidden = true;
    message.raw = undefined;
  }
  return undefined;
}
