import { splitOutside } from './address.ts';

/** Extra headers by name; an array sends several lines, `null` removes a header the party would have written itself. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | null>>;
/** One header line as it stands on the wire. */
export type Field = readonly [name: string, value: string];

const compactForms: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  s: 'subject',
  k: 'supported',
  r: 'refer-to',
  x: 'session-expires',
};
const listHeaders = new Set(['via', 'route', 'record-route', 'contact', 'allow', 'supported', 'require', 'path']);

const canonical = (name: string): string => compactForms[name.toLowerCase()] ?? name.toLowerCase();

/** One SIP message, immutable; header names are compared without case and with their compact forms. */
export class SipMessage {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly body: string;

  constructor(startLine: string, fields: readonly Field[], body = '') {
    this.startLine = startLine;
    this.fields = fields;
    this.body = body;
  }

  get isRequest(): boolean {
    return !this.startLine.startsWith('SIP/2.0 ');
  }

  /** The request's method, or for a response the method of its CSeq. */
  get method(): string {
    return this.isRequest ? (this.startLine.split(' ')[0] ?? '') : (this.header('CSeq').split(/\s+/)[1] ?? '');
  }

  /** The Request-URI; empty for a response. */
  get uri(): string {
    return this.isRequest ? (this.startLine.split(' ')[1] ?? '') : '';
  }

  /** The status code; 0 for a request. */
  get status(): number {
    return this.isRequest ? 0 : Number(this.startLine.slice(8, 11));
  }

  get reason(): string {
    return this.isRequest ? '' : this.startLine.slice(12);
  }

  get cseq(): number {
    return Number.parseInt(this.header('CSeq'), 10);
  }

  get callId(): string {
    return this.header('Call-ID');
  }

  /** The `branch` of the topmost Via. */
  get branch(): string {
    return /;\s*branch=([^;,\s]+)/i.exec(this.list('Via')[0] ?? '')?.[1] ?? '';
  }

  has(name: string): boolean {
    return this.fields.some(([field]) => canonical(field) === canonical(name));
  }

  /** The first line of a header as written; empty when absent. */
  header(name: string): string {
    return this.fields.find(([field]) => canonical(field) === canonical(name))?.[1] ?? '';
  }

  /** Every value of a header in order; list headers are split at their commas. */
  list(name: string): string[] {
    const lines = this.fields.filter(([field]) => canonical(field) === canonical(name)).map(([, value]) => value);
    return listHeaders.has(canonical(name)) ? lines.flatMap((line) => splitOutside(line, ',')) : lines;
  }

  /** All headers by lower-case long name; repeated lines are joined with a comma. */
  get headers(): Readonly<Record<string, string>> {
    const all: Record<string, string> = {};
    for (const [name, value] of this.fields) {
      const key = canonical(name);
      all[key] = key in all ? `${all[key]}, ${value}` : value;
    }
    return all;
  }

  /** The same message with headers replaced, added (a list: one line each) or removed (`null`). */
  withHeaders(values: HeaderValues): SipMessage {
    const names = new Set(Object.keys(values).map(canonical));
    const kept = this.fields.filter(([name]) => !names.has(canonical(name)));
    const added = Object.entries(values).flatMap(([name, value]): Field[] =>
      value === null ? [] : [value].flat().map((line): Field => [name, line]),
    );
    return new SipMessage(this.startLine, [...kept, ...added], this.body);
  }

  /** The bytes on the wire; Content-Length is written unless the test set its own. */
  toBytes(): Buffer {
    const body = Buffer.from(this.body, 'utf8');
    const length: Field[] = this.has('Content-Length') ? [] : [['Content-Length', String(body.length)]];
    const lines = [this.startLine, ...[...this.fields, ...length].map(([name, value]) => `${name}: ${value}`), '', ''];
    return Buffer.concat([Buffer.from(lines.join('\r\n'), 'utf8'), body]);
  }
}

/** Parses one whole message; undefined when the bytes are none. Folded lines are joined (RFC 3261 §7.3.1). */
export function parseMessage(bytes: Buffer): SipMessage | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [startLine = '', ...lines] = bytes
    .subarray(0, end)
    .toString('utf8')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  if (!/^SIP\/2\.0 \d{3}( |$)/.test(startLine) && !/^[A-Z]+ \S+ SIP\/2\.0$/.test(startLine)) return undefined;
  const fields = lines.map((line): Field => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return new SipMessage(startLine, fields, bytes.subarray(end + 4).toString('utf8'));
}
