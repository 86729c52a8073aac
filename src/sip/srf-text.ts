import type { MessageContent } from './sip-stack.ts';
import type { SrfMessage } from './srf-library.ts';

// What drachtio-srf's `send` accepts is a table; anything else throws, so an odd status of a peer becomes its class (RFC 3261 §8.1.3.2).
const KNOWN = new Set([
  100, 180, 181, 182, 183, 200, 202, 300, 301, 302, 305, 380, 400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 412, 413, 414, 415, 416,
  420, 421, 422, 423, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493, 500, 501, 502, 503, 504, 505, 513, 600, 603, 604, 606,
]);

/** The status itself where the library can send it, else the generic one of its class. */
export function sendableStatus(status: number): number {
  if (KNOWN.has(status)) return status;
  const generic = Math.floor(status / 100) * 100;
  return generic === 100 ? 183 : KNOWN.has(generic) ? generic : 500;
}

/** Bytes of one field value that are ever handed on. */
const VALUE_MAX = 2048;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\x00-\x1f\x7f]/;

/** A field value on one line: unfolded (RFC 3261 §7.3.1), without control characters, bounded. */
export function oneLine(value: string): string {
  if (value.length <= VALUE_MAX && !CONTROL.test(value)) return value.trim();
  let line = '';
  for (const char of value.slice(0, VALUE_MAX)) line += char >= ' ' && char !== '\x7f' ? char : ' ';
  return line.trim();
}

const KEEPS_CASE = /^(?:x-|p-|diversion$)/;
const lowerNames = new Map<string, string>();

/** The lower-case form of one of our own field names; peers' names never come here, so that the map stays small. */
function lowered(name: string): string {
  let lower = lowerNames.get(name);
  if (lower === undefined) {
    lower = name.toLowerCase();
    lowerNames.set(name, lower);
  }
  return lower;
}

/**
 * One field of a received message, on one line; `name` is a constant of ours. The library's own `get` lists and lowers all names at
 * every look; its parser keeps them in lower case and without compact forms, except those beginning with X- and P-, and Diversion.
 */
export function fieldOf(message: SrfMessage, name: string): string | undefined {
  const { headers } = message;
  const lower = lowered(name);
  let value = headers[lower];
  if (value === undefined && KEEPS_CASE.test(lower)) {
    for (const given in headers) {
      if (given.length === lower.length && given.toLowerCase() === lower) {
        value = headers[given];
        break;
      }
    }
  }
  return typeof value === 'string' ? oneLine(value) : undefined;
}

/** What servers know the dialog of a received INVITE by (drachtio.md §1.4): its Call-ID and From tag. */
export const dialogIdOf = (invite: SrfMessage): string => `${fieldOf(invite, 'call-id') ?? ''};from-tag=${tagOf(fieldOf(invite, 'from'))}`;

/** The tag of a From or To; empty where there is none. */
export const tagOf = (field = ''): string => /;\s*tag=([^;\s]*)/i.exec(field.slice(field.lastIndexOf('>') + 1))?.[1] ?? '';

/**
 * Header object and body in the library's form: a new object for every message, because the library writes into it (defect 20),
 * and an explicit Content-Type, which it never adds (defect 17).
 */
export function toSrf(content: MessageContent): { headers: Record<string, string>; body?: string } {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(content.headers ?? {})) {
    // The library would join several values with commas, which challenges do not bear (RFC 3261 §7.3.1); it writes values as they are.
    headers[name] = typeof value === 'string' ? oneLine(value) : value.map(oneLine).join(`\r\n${name}: `);
  }
  if (content.body === undefined || content.body === '') return { headers };
  headers['Content-Type'] = oneLine(content.contentType ?? 'application/sdp');
  return { headers, body: content.body };
}
