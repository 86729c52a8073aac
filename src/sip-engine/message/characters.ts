/** Character classes of RFC 3261 §25.1 as a lookup table: one array read per character, never a backtracking pattern. */
const TOKEN = 1;
const WORD = 2;
const DIGIT = 4;
const HOST = 8;

const table = new Uint8Array(256);
const mark = (characters: string, flag: number): void => {
  for (let i = 0; i < characters.length; i += 1) {
    const code = characters.charCodeAt(i);
    table[code] = (table[code] ?? 0) | flag;
  }
};
const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
mark(`${ALPHANUMERIC}-.!%*_+\`'~`, TOKEN);
mark(`${ALPHANUMERIC}-.!%*_+\`'~()<>:\\"/[]?{}`, WORD);
mark('0123456789', DIGIT);
// Underscores are no host characters by the grammar, but container networks name their hosts with them.
mark(`${ALPHANUMERIC}-._`, HOST);

function every(text: string, flag: number): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (((table[text.charCodeAt(i)] ?? 0) & flag) === 0) return false;
  }
  return text.length > 0;
}

/** True for one or more token characters. */
export const isToken = (text: string): boolean => every(text, TOKEN);

/** True for one or more decimal digits. */
export const isDigits = (text: string): boolean => every(text, DIGIT);

/** True for a host name or IPv4 address, or an IPv6 address in brackets. */
export function isHost(text: string): boolean {
  if (text.charCodeAt(0) === 0x5b) return isIpv6Reference(text);
  return text.length <= 255 && every(text, HOST);
}

function isIpv6Reference(text: string): boolean {
  if (text.length < 4 || text.length > 47 || text.charCodeAt(text.length - 1) !== 0x5d) return false;
  for (let i = 1; i < text.length - 1; i += 1) {
    if (!'0123456789abcdefABCDEF:.'.includes(text.charAt(i))) return false;
  }
  return text.includes(':');
}

/** True for a Call-ID: `word [ "@" word ]`; so never a `|`, a `;`, a blank or a control character. */
export function isCallId(text: string): boolean {
  const at = text.indexOf('@');
  if (text.length > 512) return false;
  return at < 0 ? every(text, WORD) : every(text.slice(0, at), WORD) && every(text.slice(at + 1), WORD);
}

/** Index of the first character at or after `from` that is no blank or tab. */
export function skipBlanks(text: string, from: number): number {
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09) break;
    i += 1;
  }
  return i;
}

/** Index just behind the quoted string that starts at `from`, or -1 when it never ends. */
export function skipQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i += 1;
    else if (code === 0x22) return i + 1;
  }
  return -1;
}

/** A decimal number of 0..max, or undefined. */
export function readNumber(text: string, max: number): number | undefined {
  if (text.length > 15 || !isDigits(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
