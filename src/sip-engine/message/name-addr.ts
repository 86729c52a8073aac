import { isToken, skipBlanks, skipQuoted } from './characters.ts';
import { type Parameters, readParameters } from './parameters.ts';
import { classifyUri, URI_LENGTH_MAX } from './uri.ts';

/** An address header value (From, To, Contact, Route …): RFC 3261 §20.10. */
export interface NameAddr {
  /** Display name as written (quotes kept); '' when absent. */
  readonly display: string;
  readonly uri: string;
  readonly parameters: Parameters;
  /** True when written in a way drachtio-srf misreads; `formatNameAddr` gives the readable form. */
  readonly odd: boolean;
}

/** Reads exactly one address; undefined when malformed or when more follows. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const read = readOne(text, 0);
  return read !== undefined && read.end === text.length ? read.value : undefined;
}

/** Reads a comma-separated list of addresses; undefined when one of them is malformed. */
export function parseNameAddrs(text: string): NameAddr[] | undefined {
  const values: NameAddr[] = [];
  let at = 0;
  for (;;) {
    const read = readOne(text, at);
    if (read === undefined) return undefined;
    values.push(read.value);
    if (read.end >= text.length) return values;
    at = read.end + 1;
  }
}

/** The canonical text: quoted or token display name, URI in angle brackets. */
export function formatNameAddr(value: NameAddr): string {
  const plain = value.display === '' || value.display.startsWith('"') || value.display.split(/[ \t]+/).every(isToken);
  const display = plain ? value.display : `"${value.display.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  let text = display === '' ? `<${value.uri}>` : `${display} <${value.uri}>`;
  for (const [name, parameter] of value.parameters) text += parameter === '' ? `;${name}` : `;${name}=${parameter}`;
  return text;
}

function readOne(text: string, from: number): { readonly value: NameAddr; readonly end: number } | undefined {
  const start = skipBlanks(text, from);
  let bracket = start;
  if (text.charCodeAt(start) === 0x22) {
    bracket = skipBlanks(text, skipQuotedOr(text, start));
    if (text.charCodeAt(bracket) !== 0x3c) return undefined;
  } else {
    bracket = text.indexOf('<', start);
    const plainEnd = endOfAddrSpec(text, start);
    if (bracket < 0 || bracket > nextComma(text, start)) return readAddrSpec(text, start, plainEnd);
  }
  const close = text.indexOf('>', bracket);
  if (close < 0 || close - bracket > URI_LENGTH_MAX) return undefined;
  const display = text.slice(start, bracket).trim();
  const uri = text.slice(bracket + 1, close);
  if (classifyUri(uri).kind === 'bad') return undefined;
  const rest = readParameters(text, close + 1);
  if (rest === undefined) return undefined;
  const odd = display !== '' && display.charCodeAt(0) !== 0x22 && !display.split(/[ \t]+/).every(isToken);
  return { value: { display, uri, parameters: rest.parameters, odd }, end: rest.end };
}

function skipQuotedOr(text: string, start: number): number {
  const end = skipQuoted(text, start);
  return end < 0 ? text.length : end;
}

function nextComma(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma < 0 ? text.length : comma;
}

function endOfAddrSpec(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x3b || code === 0x2c || code === 0x20 || code === 0x09) break;
    i += 1;
  }
  return i;
}

// Without angle brackets parameters belong to the header, and the URI may hold no comma or question mark (RFC 3261 §20).
function readAddrSpec(text: string, start: number, end: number): { readonly value: NameAddr; readonly end: number } | undefined {
  const uri = text.slice(start, end);
  if (uri.includes('?') || classifyUri(uri).kind === 'bad') return undefined;
  const rest = readParameters(text, end);
  if (rest === undefined) return undefined;
  // drachtio-srf takes a comma after a bare address as part of it.
  return { value: { display: '', uri, parameters: rest.parameters, odd: rest.end < text.length || start > 0 }, end: rest.end };
}
