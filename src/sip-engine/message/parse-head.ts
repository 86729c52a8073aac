import { isDigits, isToken } from './characters.ts';
import { headerId, isUnreadableName, knownHeaderId } from './header-names.ts';
import type { MessageLimits } from './message-limits.ts';
import type { SipHeader } from './sip-message.ts';

/** Start line and headers of a message, before its body is known. */
export interface Head {
  readonly start:
    | { readonly kind: 'request'; readonly method: string; readonly uri: string; readonly version: string }
    | { readonly kind: 'response'; readonly status: number; readonly reason: string };
  readonly headers: SipHeader[];
  readonly contentLength: number | undefined;
  /** The first thing wrong with it; such a request is refused with 400. */
  readonly fault: string | undefined;
  /** True when the bytes may be shown to an application as they are. */
  readonly clean: boolean;
}

interface HeadState {
  headers: SipHeader[];
  contentLength: number | undefined;
  fault: string | undefined;
  clean: boolean;
  /** A CR or LF stands somewhere without the other. */
  readonly loneBreaks: boolean;
}

/**
 * Reads start line and headers from latin1 text without its final empty line.
 * @returns undefined when the text is not SIP at all.
 */
export function parseHead(text: string, limits: MessageLimits): Head | undefined {
  let end = text.indexOf('\r\n');
  if (end < 0) end = text.length;
  if (end > limits.headerLineBytesMax) return undefined;
  const start = parseStartLine(text.slice(0, end));
  if (start === undefined) return undefined;
  const state: HeadState = { headers: [], contentLength: undefined, fault: undefined, clean: true, loneBreaks: LONE_BREAK.test(text) };
  if (CONTROL.test(text)) {
    // Legal behind a backslash (quoted-pair, RFC 3261 §25.1), but nothing an application should see.
    state.clean = false;
    if (!isEveryControlQuoted(text)) fail(state, 'Control Character');
  }
  let at = end + 2;
  while (at < text.length) at = readHeaderLine(text, at, limits, state);
  const { headers, contentLength, fault, clean } = state;
  return { start, headers, contentLength, fault, clean };
}

// Every byte but TAB, CR, LF, printable ASCII and the upper half: `[^…]` in one linear pass.
const CONTROL = /[^\t\r\n -~\x80-\xff]/;
// Looked for once in the whole text, so that lines need no search of their own.
const LONE_BREAK = /\r(?!\n)|(?<!\r)\n/;

function isEveryControlQuoted(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) === 0x5c && text.charCodeAt(i + 1) !== 0x0d && text.charCodeAt(i + 1) !== 0x0a) i += 1;
    else if (CONTROL.test(text.charAt(i))) return false;
  }
  return true;
}

function fail(state: HeadState, why: string): void {
  state.fault ??= why;
}

function readHeaderLine(text: string, from: number, limits: MessageLimits, state: HeadState): number {
  let end = text.indexOf('\r\n', from);
  if (end < 0) end = text.length;
  let line = text.slice(from, end);
  // Folding: a line that starts with a blank continues the one before (RFC 3261 §7.3.1).
  while (end + 2 < text.length && isBlank(text.charCodeAt(end + 2)) && line.length <= limits.headerLineBytesMax) {
    let next = text.indexOf('\r\n', end + 2);
    if (next < 0) next = text.length;
    line = `${line.trimEnd()} ${text.slice(end + 2, next).trim()}`;
    state.clean = false;
    end = next;
  }
  if (line.length > limits.headerLineBytesMax) fail(state, 'Header Too Long');
  else if (line !== '') addHeader(line, limits, state);
  return end + 2;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

function addHeader(line: string, limits: MessageLimits, state: HeadState): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon < 0 ? 0 : colon).trimEnd();
  // Nearly every name is a registered one: no need to look at each of its characters.
  const known = knownHeaderId(name);
  if (colon < 0 || (known === undefined && !isToken(name)) || (state.loneBreaks && (line.includes('\n') || line.includes('\r')))) {
    fail(state, 'Bad Header Line');
    return;
  }
  if (state.headers.length >= limits.headersMax) {
    fail(state, 'Too Many Headers');
    return;
  }
  const id = known ?? headerId(name);
  const value = line.slice(colon + 1).trim();
  // drachtio-srf keeps blanks behind a value, and ids with blanks would match nothing.
  if (id.length !== name.length || isBlank(line.charCodeAt(line.length - 1))) state.clean = false;
  if (known === undefined && isUnreadableName(id)) state.clean = false;
  if (id === 'content-length') readContentLength(value, limits, state);
  state.headers.push({ id, name, value });
}

function readContentLength(value: string, limits: MessageLimits, state: HeadState): void {
  if (!isDigits(value) || value.length > 10) {
    fail(state, 'Bad Content-Length');
    return;
  }
  const length = Number(value);
  if (length > limits.messageBytesMax) fail(state, 'Message Too Large');
  if (state.contentLength !== undefined) {
    state.clean = false;
    if (state.contentLength !== length) fail(state, 'Duplicate Content-Length');
  }
  state.contentLength = length;
}

function parseStartLine(line: string): Head['start'] | undefined {
  if (line.startsWith('SIP/')) return parseStatusLine(line);
  const space = line.indexOf(' ');
  const version = line.lastIndexOf(' SIP/');
  if (line.trimEnd() !== line) return parseStartLineLoosely(line);
  if (space <= 0 || version < space) return undefined;
  const method = line.slice(0, space);
  if (!isToken(method)) return undefined;
  return { kind: 'request', method, uri: line.slice(space + 1, version), version: line.slice(version + 5) };
}

// RFC 4475 §3.1.2.9: blanks behind the version deserve a 400, so the line must be readable enough to answer.
function parseStartLineLoosely(line: string): Head['start'] | undefined {
  const trimmed = parseStartLine(line.trimEnd());
  return trimmed?.kind === 'request' ? { ...trimmed, uri: ' ' } : undefined;
}

function parseStatusLine(line: string): Head['start'] | undefined {
  const code = line.slice(8, 11);
  if (!line.startsWith('SIP/2.0 ') || !isDigits(code) || (line.length > 11 && line.charAt(11) !== ' ')) return undefined;
  const status = Number(code);
  return status >= 100 && status <= 699 ? { kind: 'response', status, reason: line.slice(12) } : undefined;
}
